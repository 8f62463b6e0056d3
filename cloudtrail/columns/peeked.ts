/**
 * Values that derivations need and that are no columns: read as `text`, and kept in a `json` column or in `unmapped`. `[]` behind a key
 * stands for every element of its list, or for the value itself where that is no list; such a path has several values.
 */

/** A step into each element of a list. */
export const EACH = Symbol('[]');

export type Step = string | typeof EACH;

/** Under both names that EC2's responses give the members of a set. */
const inSet = (set: string, ...paths: string[]): string[] =>
  ['item', 'items'].flatMap((member) => paths.map((path) => `${set}.${member}[].${path}`));

const PRIVATE = inSet('privateIpAddressesSet', 'privateIpAddress');
const IPV6 = inSet('ipv6AddressesSet', 'ipv6Address');
/** Of a network interface, as a response has it. */
const INTERFACE = [
  'privateIpAddress',
  'association.publicIp',
  ...PRIVATE,
  ...inSet('privateIpAddressesSet', 'association.publicIp'),
  ...IPV6,
];

const below = (parent: string, paths: readonly string[]): string[] => paths.map((path) => `${parent}.${path}`);

/**
 * Where EC2's requests and responses have IP addresses: AllocateAddress, AssociateAddress, ReleaseAddress,
 * CreateNetworkInterface, RunInstances, CreateNatGateway.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html, API_NetworkInterface.html
 */
export const EC2_ADDRESS_PATHS: readonly string[] = [
  ...below('requestParameters', [
    'publicIp',
    'privateIpAddress',
    ...PRIVATE,
    ...IPV6,
    ...below('networkInterfaceSet.items[]', ['privateIpAddress', ...PRIVATE, ...IPV6]),
  ]),
  ...below('responseElements', [
    'publicIp',
    'privateIpAddress',
    ...below('networkInterface', INTERFACE),
    ...below('instancesSet.items[]', [
      'privateIpAddress',
      'publicIpAddress',
      'ipAddress',
      'ipv6Address',
      ...below('networkInterfaceSet.items[]', INTERFACE),
    ]),
    ...below('CreateNatGatewayResponse.natGateway', inSet('natGatewayAddressSet', 'privateIp', 'publicIp')),
  ]),
];

export const PEEKED_PATHS: readonly string[] = [
  'eventName',
  'eventSource',
  'requestParameters.groupName',
  'responseElements.group.groupId',
  'additionalEventData.MobileVersion',
  'additionalEventData.MFAUsed',
  'additionalEventData.LoginTo',
  'additionalEventData.UserName',
  'requestParameters.userName',
  'requestParameters.username',
  'requestParameters.newUserName',
  'requestParameters.roleSessionName',
  'requestParameters.sourceIdentity',
  'responseElements.user.userId',
  'responseElements.user.userName',
  'responseElements.accessKey.userName',
  'requestParameters.Host[]',
  'requestParameters.host[]',
  'responseElements.codeSha256',
  'responseElements.content.codeSha256',
  'responseElements.image.imageId.imageDigest',
  ...EC2_ADDRESS_PATHS,
];

/** Has the path several values? */
export const isMany = (path: string): boolean => path.includes('[]');

/** The keys of the path, and `EACH` where it goes into a list. */
export function stepsOf(path: string): Step[] {
  return path.split('.').flatMap((key) => (key.endsWith('[]') ? [key.slice(0, -2), EACH] : [key]));
}
