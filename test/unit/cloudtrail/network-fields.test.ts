/** Addresses, hosts, TLS versions and services, in all the forms that records have them in. */
import fc from 'fast-check';
import { checkFile, type OracleRow } from '../../support/oracle.js';

const rowOf = (record: object): OracleRow =>
  checkFile(JSON.stringify({ Records: [{ eventTime: '2026-11-02T00:00:01Z', ...record }] }))[0];

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.1:443', '192.0.2.1'],
  ['192.0.2.1, 10.0.0.1', '192.0.2.1'],
  ['192.0.2.1:1234,10.0.0.1:5678', '192.0.2.1'],
  ['unknown, 192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['2001:db8::1, 192.0.2.1', '2001:db8::1'],
  [' 192.0.2.1 ', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:0201', '192.0.2.1'],
  ['[::ffff:192.0.2.1]:443', '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:1:192.0.2.1', '::ffff:1:192.0.2.1'],
  ['192.0.2.1:', null],
  ['192.0.2.256', null],
  ['192.0.2.1.example.com', null],
  ['cloudformation.amazonaws.com', null],
  ['AWS Internal', null],
  ['-', null],
  [', ,', null],
])('source.ip of %j is %j', (sourceIPAddress, ip) => {
  expect(rowOf({ sourceIPAddress })).toMatchObject({
    'source.address': sourceIPAddress,
    'source.ip': ip,
    'related.ip': ip && [ip],
  });
});

test.each([
  ['s3.us-west-2.amazonaws.com', 's3.us-west-2.amazonaws.com', null],
  ['s3.us-west-2.amazonaws.com:443', 's3.us-west-2.amazonaws.com', null],
  ['S3.US-West-2.AmazonAWS.com', 's3.us-west-2.amazonaws.com', null],
  ['s3.amazonaws.com.', 's3.amazonaws.com', null],
  ['s3.amazonaws.com.:443', 's3.amazonaws.com', null],
  ['my_bucket.s3.amazonaws.com', 'my_bucket.s3.amazonaws.com', null],
  ['localhost:', 'localhost', null],
  ['192.0.2.1', null, '192.0.2.1'],
  ['192.0.2.1:8443', null, '192.0.2.1'],
  ['[2001:db8::1]:443', null, '2001:db8::1'],
  ['::1', null, '::1'],
  ['two words', null, null],
  ['https://s3.amazonaws.com/', null, null],
  ['a.example, b.example', null, null],
  ['.', null, null],
  [':443', null, null],
])('the host %j is the name %j or the address %j', (host, name, ip) => {
  const header = rowOf({ tlsDetails: { clientProvidedHostHeader: host } });
  expect(header).toMatchObject({
    'tls.client.server_name': name,
    'destination.domain': name,
    'related.hosts': name && [name],
    'related.ip': ip && [ip],
    'aws.cloudtrail.tls_details.client_provided_host_header': host,
  });
  for (const requestParameters of [{ Host: host }, { host }, { Host: [host] }, { host: [host, host] }])
    expect(rowOf({ requestParameters })).toMatchObject({
      'tls.client.server_name': null,
      'related.hosts': name && [name],
      'related.ip': ip && [ip],
    });
});

test('the hosts of TLS and of both parameters are related, each once', () => {
  const requestParameters = { host: ['a.example', 'B.example:443', null, {}, ['c.example']], Host: 'b.example' };
  const row = rowOf({ tlsDetails: { clientProvidedHostHeader: 'A.example' }, requestParameters });
  expect(row['related.hosts']).toEqual(['a.example', 'b.example']);
});

test.each([
  ['TLSv1.3', '1.3', 'tls'],
  ['1.3', '1.3', 'tls'],
  ['1.2', '1.2', 'tls'],
  ['tlsv1.2', '1.2', 'tls'],
  ['TLS1.2', '1.2', 'tls'],
  ['TLS 1.2', '1.2', 'tls'],
  ['TLS v1.2', '1.2', 'tls'],
  ['TLS_1_2', '1.2', 'tls'],
  ['TLSv1_2', '1.2', 'tls'],
  ['TLS-1.3', '1.3', 'tls'],
  ['TLS12', '1.2', 'tls'],
  ['TLSv1', '1', 'tls'],
  [' TLSv1.3 ', '1.3', 'tls'],
  ['SSLv3', '3', 'ssl'],
  ['SSLv3.0', '3.0', 'ssl'],
  ['SSL 2', '2', 'ssl'],
  ['DTLSv1.2', '1.2', 'dtls'],
  ['1', null, null],
  ['13', null, null],
  ['TLS', null, null],
  ['TLSv', null, null],
  ['TLSv1.2.3', null, null],
  ['TLSv1.', null, null],
  ['tlsVersion', null, null],
  ['', null, null],
])('tls.version of %j is %j, of %j', (tlsVersion, number, protocol) => {
  expect(rowOf({ tlsDetails: { tlsVersion } })).toMatchObject({
    'tls.version': number,
    'tls.version_protocol': protocol,
    'aws.cloudtrail.tls_details.tls_version': tlsVersion,
  });
});

test.each([
  ['s3.amazonaws.com', 's3'],
  ['ec2.amazonaws.com.cn', 'ec2'],
  ['signin.amazonaws.cn', 'signin'],
  ['sts.amazonaws.eu', 'sts'],
  ['kms.c2s.ic.gov', 'kms'],
  ['api.ecr.amazonaws.com', 'api.ecr'],
  ['my.application', 'my.application'],
  ['amazonaws.com', 'amazonaws.com'],
  ['', null],
])('cloud.service.name of %j is %j', (eventSource, service) => {
  expect(rowOf({ eventSource })['cloud.service.name']).toBe(service);
});

describe('related.ip', () => {
  const addresses = (record: object) => rowOf(record)['related.ip'];
  const instance = (last: number) => ({
    privateIpAddress: `10.0.0.${last}`,
    ipAddress: `203.0.113.${last}`,
    networkInterfaceSet: {
      items: [
        {
          privateIpAddress: `10.0.0.${last}`,
          association: { publicIp: `198.51.100.${last}` },
          privateIpAddressesSet: { item: [{ privateIpAddress: `10.0.1.${last}` }, { privateIpAddress: '' }] },
          ipv6AddressesSet: { items: [{ ipv6Address: `2001:db8::${last}` }] },
          macAddress: '02:00:5e:00:53:01',
        },
      ],
    },
  });

  it('has the addresses of all started instances', () => {
    const responseElements = { instancesSet: { items: [instance(1), instance(2)] } };
    expect(addresses({ sourceIPAddress: '192.0.2.9', responseElements })).toEqual([
      '192.0.2.9',
      ...['10.0.0.1', '203.0.113.1', '198.51.100.1', '10.0.1.1', '2001:db8::1'],
      ...['10.0.0.2', '203.0.113.2', '198.51.100.2', '10.0.1.2', '2001:db8::2'],
    ]);
  });

  it.each([
    [{ requestParameters: { publicIp: '203.0.113.7' } }, ['203.0.113.7']],
    [{ requestParameters: { privateIpAddress: '10.0.0.7' } }, ['10.0.0.7']],
    [{ requestParameters: { privateIpAddressesSet: { items: [{ privateIpAddress: '10.0.0.8' }] } } }, ['10.0.0.8']],
    [{ requestParameters: { networkInterfaceSet: { items: [{ privateIpAddress: '10.0.0.9' }] } } }, ['10.0.0.9']],
    [{ responseElements: { publicIp: '203.0.113.8' } }, ['203.0.113.8']],
    [
      {
        responseElements: {
          networkInterface: {
            privateIpAddress: '10.0.0.1',
            privateIpAddressesSet: {
              item: [{ privateIpAddress: '10.0.0.2', association: { publicIp: '203.0.113.2' } }],
            },
          },
        },
      },
      ['10.0.0.1', '10.0.0.2', '203.0.113.2'],
    ],
    [
      {
        responseElements: {
          CreateNatGatewayResponse: {
            natGateway: { natGatewayAddressSet: { item: { privateIp: '10.0.0.3', publicIp: '203.0.113.3' } } },
          },
        },
      },
      ['10.0.0.3', '203.0.113.3'],
    ],
    [{ responseElements: { instancesSet: { items: { privateIpAddress: '10.0.0.4' } } } }, ['10.0.0.4']],
    [{ responseElements: { instancesSet: { items: [null, 7, [{ privateIpAddress: '10.0.0.5' }], {}] } } }, null],
    [{ requestParameters: { cidrIp: '10.0.0.0/8', privateIpAddress: '10.0.0.0/8' } }, null],
  ])('of %j is %j', (record, expected) => {
    expect(addresses(record)).toEqual(expected);
  });

  it.each(['"10.0.0.3"', '[]', 'null', '{}'])(
    'keeps the addresses of other keys where the second of two equal keys has %s',
    (last) => {
      const interfaces = `"privateIpAddress": "10.0.0.1", "publicIp": "203.0.113.1", "privateIpAddress": ${last}`;
      const file = `{"eventTime": "2026-11-02T00:00:01Z", "responseElements": {"instancesSet": {"items": [{${interfaces}}]}}}`;
      const [row] = checkFile(`{"Records": [${file}]}`);
      expect(row['related.ip']).toEqual(last === '"10.0.0.3"' ? ['203.0.113.1', '10.0.0.3'] : ['203.0.113.1']);
    },
  );

  it('has the last of equal keys, at any depth', () => {
    const value = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        { weight: 2, arbitrary: fc.constantFrom('"10.0.0.1"', '"10.0.0.2"', '"10.0.0.3"', 'null', '"x"', '[]', '{}') },
        fc.array(tie('value'), { maxLength: 3 }).map((list) => `[${list.join(', ')}]`),
        fc
          .array(
            fc.tuple(
              fc.constantFrom(
                'items',
                'item',
                'privateIpAddress',
                'networkInterfaceSet',
                'association',
                'publicIp',
                'host',
              ),
              tie('value'),
            ),
            { maxLength: 4 },
          )
          .map((members) => `{${members.map(([key, inner]) => `"${key}" : ${inner}`).join(',')}}`),
      ),
    })).value;
    const parent = fc.constantFrom(
      '"responseElements":{"instancesSet"',
      '"requestParameters":{"networkInterfaceSet"',
      '"requestParameters":{"host"',
    );
    fc.assert(
      fc.property(parent, fc.array(value, { minLength: 1, maxLength: 3 }), (start, values) => {
        const again = values.map((each) => `${start.split('{')[1]}:${each}`).join(',');
        checkFile(`{"Records":[{"eventTime":"2026-11-02T00:00:01Z",${start.split('{')[0]}{${again}}}]}`);
      }),
      { numRuns: 300 },
    );
  });
});
