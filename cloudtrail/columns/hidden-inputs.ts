/**
 * Inputs of derivations that are not columns. They are read as `text`; the delivered value is kept in a `json` column or
 * in `unmapped`. `[]` after a key means every element of its list, or the value itself if it is not a list.
 */

/** The path step into each element of a list. */
export const EACH = Symbol('[]');

/** A key of an object, or `EACH` for all elements of a list. */
export type PathStep = string | typeof EACH;

/** An input of derivations that is read from the record but not written to the table. */
export interface HiddenInput {
  /** Name used by derivations: the path itself if there is only one. */
  name: string;
  paths: readonly string[];
  /** Whether there can be several values; they are in record order. */
  many: boolean;
}

/** Name of the input that holds the text at every path where EC2 has IP addresses. */
export const EC2_ADDRESSES = 'addresses of EC2';

/** Paths under both names that EC2 responses use for the members of a set. */
const inSet = (set: string, ...paths: string[]): string[] =>
  ['item', 'items'].flatMap((member) => paths.map((path) => `${set}.${member}[].${path}`));

const PRIVATE = inSet('privateIpAddressesSet', 'privateIpAddress');
const IPV6 = inSet('ipv6AddressesSet', 'ipv6Address');
/** Addresses of a network interface in a response. */
const INTERFACE = [
  'privateIpAddress',
  'association.publicIp',
  ...PRIVATE,
  ...inSet('privateIpAddressesSet', 'association.publicIp'),
  ...IPV6,
];

const below = (parent: string, paths: readonly string[]): string[] => paths.map((path) => `${parent}.${path}`);

/**
 * Where EC2 requests and responses have IP addresses: AllocateAddress, AssociateAddress, ReleaseAddress,
 * CreateNetworkInterface, RunInstances, CreateNatGateway.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html, API_NetworkInterface.html
 */
const EC2_ADDRESS_PATHS: readonly string[] = [
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
      'publicIp',
      'ipAddress',
      'ipv6Address',
      ...below('networkInterfaceSet.items[]', INTERFACE),
    ]),
    ...below('CreateNatGatewayResponse.natGateway', inSet('natGatewayAddressSet', 'privateIp', 'publicIp')),
  ]),
];

const PATHS: readonly string[] = [
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
];

/** All hidden inputs. A table has buffers only for those used by its derivations. */
export const HIDDEN_INPUTS: readonly HiddenInput[] = [
  ...PATHS.map((path): HiddenInput => ({ name: path, paths: [path], many: path.includes('[]') })),
  { name: EC2_ADDRESSES, paths: EC2_ADDRESS_PATHS, many: true },
];

/** Splits a path into its keys, with `EACH` after each key that ends with `[]`. */
export function pathSteps(path: string): PathStep[] {
  return path.split('.').flatMap((key) => (key.endsWith('[]') ? [key.slice(0, -2), EACH] : [key]));
}
