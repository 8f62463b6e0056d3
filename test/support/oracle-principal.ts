/** Who made a request, implemented a second time, for the oracle. */
import type { JsonObject, Row } from './columns.js';
import { counts, firstCounting, plain, textAt } from './oracle-texts.js';

interface Names {
  name?: string;
  session?: string;
}

/** The names in an ARN of IAM or STS. */
function namesIn(arn: string | null): Names {
  const [prefix, , service, , , ...rest] = (arn ?? '').trim().split(':');
  if (prefix !== 'arn' || !['iam', 'sts'].includes(service)) return {};
  const [kind, ...parts] = rest.join(':').split('/');
  if (parts.join('/') === '') return {};
  const known = (text: string | undefined): string | undefined => (counts(text) ? text : undefined);
  const last = known(parts.at(-1));
  if (kind === 'user' || kind === 'role') return { name: last };
  if (kind === 'federated-user') return { name: last, session: last };
  if (kind !== 'assumed-role') return {};
  return parts.length === 1 ? { name: last } : { name: known(parts.at(-2)), session: last };
}

function isEmail(value: unknown): boolean {
  const [local, domain, ...more] = (plain(value) ?? '').split('@');
  if (more.length > 0 || !local || domain === undefined || [...local, ...domain].some((one) => one <= ' '))
    return false;
  return domain.includes('.') && !domain.startsWith('.') && !domain.endsWith('.');
}

/** The columns of the caller. */
export function principal(row: Row, record: JsonObject): Row {
  const of = (name: string): unknown => row[`aws.cloudtrail.user_identity.${name}`];
  const type = plain(of('type'));
  const signIn = textAt(record, 'additionalEventData.UserName');
  const arn = namesIn(plain(of('arn')));
  const issuerArn = namesIn(plain(of('session_context.session_issuer.arn')));
  const names = [of('session_context.session_issuer.user_name'), of('user_name')];
  if (type === 'IdentityCenterUser') names.unshift(signIn);
  if (type === 'Unknown' || !counts(type)) names.push(signIn);
  const credential = type === 'IdentityCenterUser' ? of('credential_id') : null;
  const name = type === 'Root' ? 'root' : firstCounting(...names, arn.name, issuerArn.name, credential);

  const principalId = plain(of('principal_id')) === 'Anonymous' ? null : of('principal_id');
  const ids = [principalId, of('on_behalf_of.user_id')];
  if (type === 'IdentityCenterUser' || type === 'Unknown') ids.reverse();

  const id = plain(of('principal_id')) ?? '';
  const inId = id.includes(':') ? id.slice(id.indexOf(':') + 1) : null;
  const hasSession = type === 'AssumedRole' || type === 'FederatedUser' || id.startsWith('AROA');
  const session = arn.session ?? (hasSession ? firstCounting(inId) : null);
  const ofIdentityCenter = (plain(name) ?? '').startsWith('AWSReservedSSO_');
  const emails = ofIdentityCenter ? [name, session] : [name];
  return {
    'aws.cloudtrail.user_identity.session_name': session,
    'user.email': emails.find(isEmail) ?? null,
    'user.id': firstCounting(...ids),
    'user.name': name,
  };
}
