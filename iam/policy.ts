/** Policy documents as IAM has them. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */

/** One statement of a policy document. */
export interface Statement {
  Sid: string;
  Effect: 'Allow';
  /** In policies that are attached to a bucket or a role, not in those of users and roles. */
  Principal?: { AWS: string };
  Action: readonly string[];
  Resource?: readonly string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A policy document; its JSON is what IAM takes. */
export interface PolicyDocument {
  Version: '2012-10-17';
  Statement: readonly Statement[];
}

/** The policy document of these statements. */
export function policyDocument(statements: readonly Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

/** A statement that allows actions on resources (ARNs, with wildcards). */
export function allow(sid: string, actions: readonly string[], resources: readonly string[]): Statement {
  return { Sid: sid, Effect: 'Allow', Action: actions, Resource: resources };
}
