import fc from 'fast-check';
import { parseUserAgent } from '../../../cloudtrail/derived/user-agent.js';
import { oracleUserAgent } from '../../support/oracle-user-agent.js';

/** name, version, os name, os version, device; `-` for none. */
const summary = (text: string): string => {
  const { name, version, osName, osVersion, device } = parseUserAgent(text);
  return [name, version, osName, osVersion, device].map((part) => part || '-').join(' | ');
};

test.each([
  // AWS CLI and SDKs, in their old and their new form.
  [
    'aws-cli/2.15.30 Python/3.11.8 Linux/5.10.205-195.807.amzn2.x86_64 exe/x86_64.amzn.2 prompt/off command/s3.ls',
    'aws-cli | 2.15.30 | Linux | 5.10.205-195.807.amzn2.x86_64 | -',
  ],
  [
    'aws-cli/2.22.7 md/awscrt#0.22.0 ua/2.0 os/macos#23.6.0 md/arch#arm64 lang/python#3.12.6 md/prompt#off',
    'aws-cli | 2.22.7 | macOS | - | -',
  ],
  // botocore writes the kernel's version for macOS's: 16 to 25 are Darwin's.
  [
    'Boto3/1.38.1 md/Botocore#1.38.1 ua/2.1 os/macos#25.0.0 md/arch#arm64 lang/python#3.13.1',
    'Boto3 | 1.38.1 | macOS | - | -',
  ],
  ['Botocore/1.31.0 ua/2.0 os/macos#16.0', 'Botocore | 1.31.0 | macOS | - | -'],
  ['aws-sdk-java/2.31.0 ua/2.1 os/Mac_OS_X#15.4 lang/java#21', 'aws-sdk-java | 2.31.0 | macOS | 15.4 | -'],
  ['aws-sdk-swift/1.3.0 ua/2.1 os/macos#26.1 lang/swift#6.1', 'aws-sdk-swift | 1.3.0 | macOS | 26.1 | -'],
  ['aws-sdk-js/3.800.0 ua/2.1 os/darwin#24.5.0 lang/js', 'aws-sdk-js | 3.800.0 | Darwin | 24.5.0 | -'],
  ['aws-sdk-dotnet-coreclr/3.7.0 OS/Darwin_23.4.0 ClientSync', 'aws-sdk-dotnet-coreclr | 3.7.0 | Darwin | 23.4.0 | -'],
  ['AWSConsole/1 CFNetwork/1410.0.3 Darwin/22.6.0', 'AWSConsole | 1 | Darwin | 22.6.0 | -'],
  ['aws-cli/1.18.69 Python/3.8.10 Darwin/22.4.0 botocore/1.16.19', 'aws-cli | 1.18.69 | Darwin | 22.4.0 | -'],
  ['aws-cli/2.11.6 Python/3.11.2 Windows/10 exe/AMD64 prompt/off', 'aws-cli | 2.11.6 | Windows | 10 | -'],
  [
    '[Boto3/1.26.165 Python/3.10.6 Linux/5.19.0-46-generic Botocore/1.29.165]',
    'Boto3 | 1.26.165 | Linux | 5.19.0-46-generic | -',
  ],
  [
    'Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#5.10.213-201.855.amzn2.x86_64 md/arch#x86_64 lang/python#3.11.8',
    'Boto3 | 1.34.69 | Linux | 5.10.213-201.855.amzn2.x86_64 | -',
  ],
  ['Botocore', 'Botocore | - | - | - | -'],
  ['Botocore/1.34.69 Python/3.11', 'Botocore | 1.34.69 | - | - | -'],
  [
    'aws-sdk-java/2.25.13 Linux/5.10.210-201.852.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/21.0.2+13-LTS Java/21.0.2 vendor/Amazon.com_Inc. io/sync http/Apache cfg/retry-mode/legacy',
    'aws-sdk-java | 2.25.13 | Linux | 5.10.210-201.852.amzn2.x86_64 | -',
  ],
  ['aws-sdk-java/1.12.488 Windows_Server_2019/10.0 OpenJDK/17', 'aws-sdk-java | 1.12.488 | Windows | 10.0 | -'],
  ['aws-sdk-java/1.12.488 Mac_OS_X/14.2 OpenJDK/17', 'aws-sdk-java | 1.12.488 | macOS | 14.2 | -'],
  ['aws-sdk-go/1.44.157 (go1.19.3; linux; amd64)', 'aws-sdk-go | 1.44.157 | Linux | - | -'],
  [
    'aws-sdk-go-v2/1.17.0 os/linux lang/go/1.18.10 md/GOOS/linux md/GOARCH/amd64 api/sts/1.16.19',
    'aws-sdk-go-v2 | 1.17.0 | Linux | - | -',
  ],
  ['aws-sdk-nodejs/2.1574.0 linux/v18.19.0 promise', 'aws-sdk-nodejs | 2.1574.0 | Linux | - | -'],
  [
    'aws-sdk-js/3.552.0 ua/2.0 os/linux#5.10.213 lang/js md/nodejs#20.11.1 api/s3#3.552.0',
    'aws-sdk-js | 3.552.0 | Linux | 5.10.213 | -',
  ],
  [
    'aws-sdk-dotnet-coreclr/3.7.305.30 aws-sdk-dotnet-core/3.7.302.15 .NET_Core/6.0.26 OS/Microsoft_Windows_10.0.17763 ClientSync',
    'aws-sdk-dotnet-coreclr | 3.7.305.30 | Windows | 10.0.17763 | -',
  ],
  ['aws-sdk-php/3.301.0 OS/Linux/5.10.0 lang/php/8.2', 'aws-sdk-php | 3.301.0 | Linux | 5.10.0 | -'],
  // Partners, tools and services.
  [
    'APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) terraform-provider-aws/5.42.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.26.0 os/linux lang/go#1.21.8',
    'Terraform | 1.7.5 | Linux | - | -',
  ],
  [
    'APN/1.0 HashiCorp/1.0 Terraform/1.1.2 (+https://www.terraform.io) terraform-provider-aws/3.76.1 aws-sdk-go/1.44.157 (go1.19.3; linux; amd64) HashiCorp-terraform-exec/0.17.3',
    'Terraform | 1.1.2 | Linux | - | -',
  ],
  ['APN/1.0 Pulumi/1.0', 'Pulumi | 1.0 | - | - | -'],
  [
    '[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488 Linux/5.4.247-169.350.amzn2int.x86_64 OpenJDK_64-Bit_Server_VM/25.372-b08 java/1.8.0_372]',
    'S3Console | 0.4 | Linux | 5.4.247-169.350.amzn2int.x86_64 | -',
  ],
  ['AWS Signin, aws-internal/3 aws-sdk-java/1.11.481', 'AWS Signin | - | - | - | -'],
  ['aws-internal/3', 'aws-internal | 3 | - | - | -'],
  ['cloudformation.amazonaws.com', 'cloudformation.amazonaws.com | - | - | - | -'],
  ['AWS Internal', 'AWS Internal | - | - | - | -'],
  ['Coral/Netty4', 'Coral | - | - | - | -'],
  ['aws-sdk-go/1.41.4 (go1.18.3; linux; amd64) amazon-ssm-agent/', 'aws-sdk-go | 1.41.4 | Linux | - | -'],
  ['stratus-red-team_6a7ec681-49a5', 'stratus-red-team_6a7ec681-49a5 | - | - | - | -'],
  ['python-requests/2.31.0', 'python-requests | 2.31.0 | - | - | -'],
  ['curl/8.4.0', 'curl | 8.4.0 | - | - | -'],
  // Browsers.
  ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0', 'Firefox | 102.0 | Linux | - | -'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36',
    'Chrome | 122.0.0.0 | macOS | 10.15.7 | -',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36 Edg/122.0.2365.92',
    'Microsoft Edge | 122.0.2365.92 | Windows | 10 | -',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
    'Safari | 17.4 | iOS | 17.4 | iPhone',
  ],
  ['Mozilla/5.0', 'Mozilla | 5.0 | - | - | -'],
  // Nothing to go by.
  ['', '- | - | - | - | -'],
  ['-', '- | - | - | - | -'],
  ['(nothing)', '- | - | - | - | -'],
])('%s', (text, expected) => {
  expect(summary(text)).toBe(expected);
});

const words = fc.constantFrom(
  ...[
    'APN/1.0',
    'HashiCorp/1.0',
    'Terraform/1.7.5',
    'aws-cli/2',
    'x/',
    '/y',
    'z/v1',
    'word',
    '(a; b)',
    '(go1; linux; arm)',
  ],
  ...[
    'os/linux#5',
    'OS/Microsoft_Windows_10.0',
    'Linux/5',
    'linux/v18',
    'Darwin/22',
    'os/macos#23.6.0',
    'Mac_OS_X/14.2',
    'OS/Darwin_23.4',
    '-',
    ',',
    ';',
    '((c) d)',
    '[',
    ']',
    'é🎉',
  ],
  ...['Mozilla/5.0', 'Firefox/1.0', '(Windows NT 6.1)', 'AWS'],
);

test('any words give the same result as the oracle', () => {
  const separator = fc.constantFrom(' ', ' ', '', ', ');
  fc.assert(
    fc.property(fc.array(fc.tuple(words, separator), { maxLength: 8 }), (parts) => {
      const text = parts.flat().join('');
      const expected = oracleUserAgent(text);
      for (const part of Object.keys(expected) as (keyof typeof expected)[])
        expect([text, part, parseUserAgent(text)[part] || null]).toEqual([text, part, expected[part]]);
    }),
    { numRuns: 5000 },
  );
});

test('a text made to be slow is parsed as fast as any other', () => {
  const started = performance.now();
  for (const unit of ['a/', '/ (', '(go;', ' os/', 'Mozilla/ ', '(', '[ ', 'Windows_'])
    for (const start of ['', 'Mozilla/']) parseUserAgent(start + unit.repeat(1_000_000 / unit.length));
  expect(performance.now() - started).toBeLessThan(2000);
});
