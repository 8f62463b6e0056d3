/** Fields of the Elastic Common Schema by name: those that audit logs use. https://www.elastic.co/docs/reference/ecs */
import type { ColumnType } from '../iceberg/types.js';

const NAMES_OF: readonly [type: ColumnType, names: string][] = [
  [
    'string',
    `agent.id agent.name agent.type agent.version cloud.account.id cloud.account.name cloud.availability_zone
     cloud.instance.id cloud.instance.name cloud.machine.type cloud.project.id cloud.project.name cloud.provider
     cloud.region cloud.service.name container.id container.image.name container.name container.runtime
     destination.address destination.domain destination.ip ecs.version error.code error.id error.message error.type
     event.action event.agent_id_status event.code event.dataset event.hash event.id event.kind event.module
     event.original event.outcome event.provider event.reason event.reference event.timezone event.url
     file.hash.md5 file.hash.sha1 file.hash.sha256 file.hash.sha512 file.name file.path group.domain group.id group.name
     host.architecture host.domain host.geo.name host.hostname host.id host.name host.os.family host.os.full
     host.os.kernel host.os.name host.os.platform host.os.version host.type log.file.path log.level log.logger message
     network.direction network.protocol network.type observer.name observer.product observer.type observer.vendor
     organization.id organization.name process.name rule.category rule.id rule.name service.id service.name
     service.type source.address source.as.organization.name source.domain source.geo.city_name
     source.geo.continent_name source.geo.country_iso_code source.geo.country_name source.geo.region_iso_code
     source.geo.region_name source.ip tls.cipher tls.client.server_name tls.version tls.version_protocol trace.id
     transaction.id url.domain url.full url.original url.path user.changes.name user.domain user.email
     user.full_name user.id user.name user.target.id user.target.name user_agent.device.name user_agent.name
     user_agent.original user_agent.os.full user_agent.os.name user_agent.os.version user_agent.version labels`,
  ],
  [
    { list: 'string' },
    `event.category event.type host.ip host.mac related.hash related.hosts related.ip related.user tags user.roles`,
  ],
  [
    'long',
    'destination.bytes destination.port event.duration event.sequence event.severity source.as.number source.port',
  ],
  ['timestamptz', 'event.created event.end event.ingested event.start file.created file.mtime'],
  ['float', 'event.risk_score event.risk_score_norm'],
];

const FIELDS = new Map<string, ColumnType>(
  NAMES_OF.flatMap(([type, names]) => names.split(/\s+/).map((name) => [name, type] as const)),
);

/** The type of an ECS field; `undefined` for what is none, or is an object of fields. */
export function ecsField(name: string): { type: ColumnType } | undefined {
  const type = FIELDS.get(name);
  return type === undefined ? undefined : { type };
}

/** The names of all fields, in the order of the list. */
export function ecsFieldNames(): readonly string[] {
  return [...FIELDS.keys()];
}
