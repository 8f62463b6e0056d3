/** Policy documents as IAM has them. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */

export interface Statement {
  Sid: string;
  Effect: 'Allow';
  /** In policies that are attached to a bucket or a role, not in those of users and roles. */
  Principal?: { AWS: string };
  Action: readonly string[];
  Resource?: readonly string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface PolicyDocument {
  Version: '2012-10-17';
  Statement: readonly Statement[];
}

export function policyDocument(statements: readonly Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

export function allow(sid: string, actions: readonly string[], resources: readonly string[]): Statement {
  return { Sid: sid, Effect: 'Allow', Action: actions, Resource: resources };
}
