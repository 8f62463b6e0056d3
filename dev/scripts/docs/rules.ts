/** The sections of the reference page about the rules for some columns, and about differences from the reference mapping. */
import { MISSING_WORDS, NO_ERROR_WORDS, SIGN_IN_SERVICES } from '../../../cloudtrail/derived/outcome.js';
import { GROUP_SOURCES } from '../../../cloudtrail/event-groups/group.js';
import { USER_GROUP_SERVICES } from '../../../cloudtrail/event-groups/identity.js';
import { EVENT_GROUPS } from '../../../cloudtrail/event-groups/index.js';
import { MAPPING_DIFFERENCES } from '../../../cloudtrail/mapping-differences.js';
import { cell, code } from './columns.js';

const words = (list: readonly string[]): string => list.map(code).join(', ');
const row = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** The section about `event.outcome`. */
export const OUTCOME = `## Outcome

\`event.outcome\` is determined by the first of these rules that applies:

1. \`failure\`, if \`errorCode\` is an error. It is not an error if it is empty, blank or a placeholder (${words(MISSING_WORDS)}), if it
   is an HTTP status of 200 to 399 (\`200\`, \`204 No Content\`, \`HTTP/1.1 304 Not Modified\`), or if it is ${words(NO_ERROR_WORDS)}, in any case.
   \`NotModified\` is the name of status 304, the response to a conditional GET.
2. \`failure\`, if \`errorMessage\` has a text that is neither blank nor a placeholder, unless \`errorCode\` says that there was no error (a status of
   200 to 399, ${words(NO_ERROR_WORDS)}). A failed ConsoleLogin has the message \`Failed authentication\` and no code.
3. For a sign-in event, the member with the name of the event in \`responseElements\` or \`serviceEventDetails\`, as in
   \`{"SwitchRole": "Failure"}\` or \`{"CredentialVerification": "Failure"}\`: \`success\`, \`failure\`, or \`unknown\` for any other text. When both objects have it, a
   failure wins. Sign-in events are those with the event source ${words(SIGN_IN_SERVICES.map((name) => `${name}.amazonaws.com`))}, and events without one. AWS documents
   them as [console sign-in events](${GROUP_SOURCES.signin.url}) and
   [IAM Identity Center sign-in events](https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html).
   The word \`Failure\` in an event of another service means nothing.
4. \`success\`.

The outcome of an Insight is \`unknown\`, because it is about many calls. \`error.message\` is the message of the error: null if rule 2 finds none. The delivered
texts are in \`aws.cloudtrail.error_code\` and \`aws.cloudtrail.error_message\`.`;

/** The table of event categories, one line per service, category and type. */
export function categories(): string {
  const lines = EVENT_GROUPS.map(({ services, names, category, type, source }) => {
    return row(
      words(services.split(' ')),
      names === '*' ? 'all others' : words(names.split(' ')),
      words(category.split(' ')),
      words(type.split(' ')),
      `[${GROUP_SOURCES[source].title}][${source}]`,
    );
  });
  const links = Object.entries(GROUP_SOURCES).map(([source, { url }]) => `[${source}]: ${url}`);
  return `## Categories

\`event.category\` and \`event.type\` depend on the service (\`eventSource\` up to \`.amazonaws.\`, so in every partition) and on \`eventName\`. An event that is not in this
table has no category, and the type \`info\`. A record without \`eventSource\` (AWS always delivers one) is classified by its name alone, by the lines from ${GROUP_SOURCES.reference.title} only. The
last column says where a line comes from.

${row('Service', 'eventName', 'event.category', 'event.type', 'Source')}
${row('---', '---', '---', '---', '---')}
${lines.join('\n')}

\`group.id\` and \`group.name\` are filled in services where a group is a group of users: ${words(USER_GROUP_SERVICES)}. In other services, \`groupName\` is a security group, or a group
of traces, resources or schedules. \`user.target.name\` is \`requestParameters.userName\` of every service: in all AWS APIs with this parameter, it is the name of a user of
IAM, of a file server, of a cache or of a directory.

${links.join('\n')}`;
}

/** The section about differences from the reference mapping. */
export function differencesSection(): string {
  const lines = MAPPING_DIFFERENCES.map(({ what, ours, reference, why }) => row(what, ours, reference, why));
  return `## Differences from the reference mapping

The columns follow the managed log source \`AWS_CLOUDTRAIL\` of [Matano](https://www.matano.dev), except for these:

${row('Column', 'Here', 'Reference', 'Why')}
${row('---', '---', '---', '---')}
${lines.join('\n')}`;
}
