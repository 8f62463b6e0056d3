/** IAM policy documents. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */

/** One statement of a policy document. */
export interface Statement {
  Sid: string;
  Effect: 'Allow';
  /** Only in resource-based policies and trust policies, not in identity-based policies. */
  Principal?: { AWS: string };
  Action: readonly string[];
  Resource?: readonly string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A policy document; its JSON can be passed to IAM. */
export interface PolicyDocument {
  Version: '2012-10-17';
  Statement: readonly Statement[];
}

/** Creates a policy document from statements. */
export function policyDocument(statements: readonly Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

/** Creates a statement that allows actions on resources (ARNs, which may contain wildcards). */
export function allow(sid: string, actions: readonly string[], resources: readonly string[]): Statement {
  return { Sid: sid, Effect: 'Allow', Action: actions, Resource: resources };
}
