/** Sections of docs/tables.md: how columns are filled that do not come from a single field of the record. */
import { PLACEHOLDERS } from '../../../cloudtrail/derived/known-value.js';
import { code } from './columns.js';

const USER_IDENTITY =
  'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html';
const IDENTITY_CENTER = 'https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html';

/** The sections, in the order of the page. */
export function valueRules(): string {
  return [values(), CALLER, NETWORK].join('\n\n');
}

function values(): string {
  const lines = PLACEHOLDERS.map(({ text, meaning }) => `| ${code(text)} | ${meaning} |`);
  return `## Which texts count as values

A column under \`aws.cloudtrail\` with a record path has exactly what was delivered. A derived column uses only texts that count as
values: not an empty text, not white space, and none of these placeholders, with or without surrounding white space. If a column
falls back on another field, texts that do not count are skipped; if there is nothing else, the column is null.

| Text | Meaning |
| --- | --- |
${lines.join('\n')}

- \`cloud.account.id\` is the first of these with 12 digits: \`userIdentity.accountId\`, \`recipientAccountId\`, an aggregated event's \`accountId\`. Everything else (\`anonymous\`, a
  name, an ARN) is not an account; without an account the column is null.
- \`user.id\` is never \`Anonymous\`, which Amazon Cognito writes as the \`principalId\` of a caller without credentials.`;
}

const CALLER = `## Who made a request

By \`userIdentity.type\` ([AWS's description](${USER_IDENTITY})). The first text that counts is used.

| Type | \`user.name\` | \`user.id\` |
| --- | --- | --- |
| \`Root\` | \`root\`, also where \`userName\` has the account's alias | \`principalId\`: the account |
| \`IAMUser\` | \`sessionIssuer.userName\`, \`userName\`, the name in \`arn\` (\`user/PATH/NAME\`) | \`principalId\` |
| \`AssumedRole\`, \`Role\` | \`sessionIssuer.userName\`: the role; \`userName\`; the role in \`arn\`, or in the issuer's \`arn\` | \`principalId\`: \`ROLEID:SESSION\` |
| \`FederatedUser\` | \`sessionIssuer.userName\`: the user who requested the credentials; \`userName\`; the name in \`arn\` | \`principalId\` |
| \`SAMLUser\`, \`WebIdentityUser\`, \`Directory\` | \`userName\` | \`principalId\` |
| \`IdentityCenterUser\` | \`additionalEventData.UserName\`, \`sessionIssuer.userName\`, \`userName\`, \`credentialId\` | \`onBehalfOf.userId\`, \`principalId\` |
| \`Unknown\`, or none | \`sessionIssuer.userName\`, \`userName\`, \`additionalEventData.UserName\` | for \`Unknown\`: \`onBehalfOf.userId\`, \`principalId\`; for none: the reverse order |
| \`AWSAccount\`, \`AWSService\` | \`userName\`, which they rarely have; the service is in \`aws.cloudtrail.user_identity.invoked_by\` | \`principalId\` |

- [Sign-in events of IAM Identity Center](${IDENTITY_CENTER}) had the type \`Unknown\`, and the account as their \`principalId\`, until July 2025. A \`credentialId\` is the id of a session or a token: it is used only if no name was delivered, and is never an e-mail address.
- \`aws.cloudtrail.user_identity.session_name\` is the last part of an \`arn\` of STS (\`assumed-role/ROLE/SESSION\`, \`federated-user/NAME\`); without one, the part after the first colon of \`principalId\`
  for \`AssumedRole\`, \`FederatedUser\` and every \`principalId\` of a role (\`AROA…\`), such as that of a role of another account.
- \`user.email\` is \`user.name\` if that is an e-mail address; or the session name of a role that IAM Identity Center created (\`AWSReservedSSO_…\`), if that is one. Callers choose the session names of other
  roles freely, so these are not used as e-mail addresses.
- \`related.user\` has every user name in the event, each once: \`user.name\`, \`userIdentity.userName\`, the session's issuer, the session's name, the source identity, \`additionalEventData.UserName\`; of the request \`userName\`, \`username\`,
  \`newUserName\`, and \`roleSessionName\` and \`sourceIdentity\` of the session that it starts; of the response \`user.userName\` and \`accessKey.userName\`. E-mail addresses are included as they are.
- \`user.target.name\`, \`user.target.id\` and \`user.changes.name\` are \`requestParameters.userName\`, \`responseElements.user.userId\` and \`requestParameters.newUserName\`.`;

const NETWORK = `## Addresses, hosts, and the rest of the network

- \`source.ip\` is the address in \`source.address\`: without a port (\`192.0.2.1:443\`, \`[2001:db8::1]:443\`), brackets and a zone (\`fe80::1%eth0\`). In a comma-separated list, it is the first part that is an address. An IPv4-mapped
  address (\`::ffff:192.0.2.1\`) is written as IPv4. \`source.geo\` and \`source.as\` are those of this address. \`source.address\` stays as delivered.
- \`tls.client.server_name\` and \`destination.domain\` are the host in \`tlsDetails.clientProvidedHostHeader\`: in lower case, without a port and a trailing dot. A host that is an IP address is in \`related.ip\` instead. A text that cannot be a host (a URL, several
  words) is in neither.
- \`related.hosts\` has this host, and those in the request parameters \`Host\` and \`host\`, which may be strings or lists, in the same form.
- \`related.ip\` has \`source.ip\`, hosts that are addresses, and the IP addresses of EC2's requests and responses: of addresses (\`publicIp\`, \`privateIpAddress\`), of network interfaces with all their private, public and IPv6 addresses, of
  every instance that was started (\`instancesSet.items[]\`) and its interfaces, and of NAT gateways. Ranges (\`10.0.0.0/8\`) are not addresses.
- \`related.hash\` has \`codeSha256\` of Lambda's functions and layers, and \`imageDigest\` of ECR's images, from the response.
- \`tls.version\` is the number in \`tlsDetails.tlsVersion\`, and \`tls.version_protocol\` the protocol: \`TLSv1.3\`, \`TLS 1.3\`, \`TLS_1_3\`, \`TLS13\` and \`1.3\` are \`1.3\` of \`tls\`, \`SSLv3\` is \`3\` of \`ssl\`.
- \`cloud.service.name\` is \`event.provider\` without AWS's domain: \`s3\` for \`s3.amazonaws.com\`. An event source in another format is used as it is.
- \`user_agent.os.version\` of macOS is omitted if it is the version of the kernel, Darwin: botocore and the AWS CLI write \`os/macos#23.6.0\`. Versions from 16 to 25 are Darwin versions, because macOS went from 15 to 26. If a user agent says Darwin, so do the columns.`;
