/**
 * Who made a request:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
import * as derive from '../derived.js';
import { type CloudTrailColumn, ct, derived, lookup } from './column.js';

/** The columns `aws.cloudtrail.user_identity.*`. */
export const USER_IDENTITY_COLUMNS: readonly CloudTrailColumn[] = [
  ct('user_identity.type', 'userIdentity.type', 'text', '`IAMUser`, `AssumedRole`, `Root`, `AWSService`, …'),
  lookup(
    ct('user_identity.principal_id', 'userIdentity.principalId', 'text', 'Unique id of the principal, as delivered'),
  ),
  lookup(ct('user_identity.arn', 'userIdentity.arn', 'text', 'ARN of the principal')),
  lookup(ct('user_identity.account_id', 'userIdentity.accountId', 'text', 'Account of the principal')),
  lookup(ct('user_identity.access_key_id', 'userIdentity.accessKeyId', 'text', 'Access key that signed the request')),
  lookup(ct('user_identity.user_name', 'userIdentity.userName', 'text', 'User name of the principal')),
  lookup(
    derived(
      'aws.cloudtrail.user_identity.session_name',
      'string',
      derive.sessionName,
      'Session name of a role or a federated user: from the ARN, otherwise from the principal id',
    ),
  ),
  ct('user_identity.invoked_by', 'userIdentity.invokedBy', 'text', 'Service that made the request'),
  ct(
    'user_identity.invoked_by_delegate.account_id',
    'userIdentity.invokedByDelegate.accountId',
    'text',
    'Account of the product provider that acted with temporary delegated access',
  ),
  ct('user_identity.identity_provider', 'userIdentity.identityProvider', 'text', 'External identity provider'),
  lookup(
    ct('user_identity.credential_id', 'userIdentity.credentialId', 'text', 'Id of the bearer token that was used'),
  ),
  lookup(
    ct(
      'user_identity.on_behalf_of.user_id',
      'userIdentity.onBehalfOf.userId',
      'text',
      'IAM Identity Center user on whose behalf the request was made',
    ),
  ),
  lookup(
    ct(
      'user_identity.on_behalf_of.identity_store_arn',
      'userIdentity.onBehalfOf.identityStoreArn',
      'text',
      'ARN of the identity store of this user',
    ),
  ),
  lookup(
    ct(
      'user_identity.in_scope_of.source_arn',
      'userIdentity.inScopeOf.sourceArn',
      'text',
      'ARN of the resource that invoked the service-to-service request',
    ),
  ),
  lookup(
    ct(
      'user_identity.in_scope_of.source_account',
      'userIdentity.inScopeOf.sourceAccount',
      'text',
      'Account of that resource',
    ),
  ),
  ct(
    'user_identity.in_scope_of.issuer_type',
    'userIdentity.inScopeOf.issuerType',
    'text',
    'Type of the resource that the credentials were issued to: `AWS::Lambda::Function`',
  ),
  lookup(
    ct(
      'user_identity.in_scope_of.credentials_issued_to',
      'userIdentity.inScopeOf.credentialsIssuedTo',
      'text',
      'Resource that the credentials were issued to',
    ),
  ),
  ct(
    'user_identity.session_context.mfa_authenticated',
    'userIdentity.sessionContext.attributes.mfaAuthenticated',
    'text',
    '`true` or `false`, as text',
  ),
  ct(
    'user_identity.session_context.creation_date',
    'userIdentity.sessionContext.attributes.creationDate',
    'time',
    'When the temporary credentials were issued',
  ),
  ct(
    'user_identity.session_context.session_issuer.type',
    'userIdentity.sessionContext.sessionIssuer.type',
    'text',
    'Source of the temporary credentials: `Role`',
  ),
  lookup(
    ct(
      'user_identity.session_context.session_issuer.principal_id',
      'userIdentity.sessionContext.sessionIssuer.principalId',
      'text',
      'Principal id of the issuer',
    ),
  ),
  lookup(
    ct(
      'user_identity.session_context.session_issuer.arn',
      'userIdentity.sessionContext.sessionIssuer.arn',
      'text',
      'ARN of the issuer',
    ),
  ),
  lookup(
    ct(
      'user_identity.session_context.session_issuer.account_id',
      'userIdentity.sessionContext.sessionIssuer.accountId',
      'text',
      'Account of the issuer',
    ),
  ),
  lookup(
    ct(
      'user_identity.session_context.session_issuer.user_name',
      'userIdentity.sessionContext.sessionIssuer.userName',
      'text',
      'Name of the issuer',
    ),
  ),
  lookup(
    ct(
      'user_identity.session_context.source_identity',
      'userIdentity.sessionContext.sourceIdentity',
      'text',
      'Source identity that was set when the role was assumed; it is kept through role chaining',
    ),
  ),
  ct(
    'user_identity.session_context.ec2_role_delivery',
    'userIdentity.sessionContext.ec2RoleDelivery',
    'text',
    'Version of the instance metadata service that delivered the credentials: `1.0` or `2.0`',
  ),
  ct(
    'user_identity.session_context.assumed_root',
    'userIdentity.sessionContext.assumedRoot',
    'text',
    '`true`, as text, for a session of sts:AssumeRoot',
  ),
  lookup(
    ct(
      'user_identity.session_context.sign_in_session_arn',
      'userIdentity.sessionContext.signInSessionArn',
      'text',
      'ARN of the console sign-in session',
    ),
  ),
  ct(
    'user_identity.session_context.web_id_federation_data.federated_provider',
    'userIdentity.sessionContext.webIdFederationData.federatedProvider',
    'text',
    'Web identity provider: `accounts.google.com`, or its ARN',
  ),
  ct(
    'user_identity.session_context.web_id_federation_data.attributes',
    'userIdentity.sessionContext.webIdFederationData.attributes',
    'json',
    'Application id and user id from the provider: JSON text, as delivered',
  ),
];
