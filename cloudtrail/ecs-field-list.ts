// Generated from @elastic/ecs 9.4.0 (Elasticsearch B.V., Apache-2.0) by `npm run ecs-fields`. Do not edit.
/** The version of the schema. */
export const ECS_LIST_VERSION = '9.4.0';
/** A line for each group: its prefix, and its fields, with `:type` where it is not keyword and `[]` for an array. */
export const ECS_FIELD_LIST = `
. @timestamp:date labels:object message:match_only_text tags[]
agent.build. original
agent. ephemeral_id id name type version
client. address bytes:long domain ip:ip mac packets:long port:long registered_domain subdomain top_level_domain
client.as. number:long
client.as.organization. name
client.geo. city_name continent_code continent_name country_iso_code country_name location:geo_point name postal_code region_iso_code region_name timezone
client.nat. ip:ip port:long
client.user. domain email full_name hash id name roles[]
client.user.group. domain id name
cloud.account. id name
cloud. availability_zone provider region
cloud.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
cloud.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
cloud.entity.lifecycle. last_activity:date
cloud.entity.relationships.administers.entity. id[]
cloud.entity.relationships.administers.host. id[] name[]
cloud.entity.relationships.administers.service. id[] name[]
cloud.entity.relationships.administers.user. domain[] email[] id[] name[]
cloud.entity.relationships.depends_on.entity. id[]
cloud.entity.relationships.depends_on.host. id[] name[]
cloud.entity.relationships.depends_on.service. id[] name[]
cloud.entity.relationships.depends_on.user. domain[] email[] id[] name[]
cloud.entity.relationships.owns.entity. id[]
cloud.entity.relationships.owns.host. id[] name[]
cloud.entity.relationships.owns.service. id[] name[]
cloud.entity.relationships.owns.user. domain[] email[] id[] name[]
cloud.entity.relationships.supervises.entity. id[]
cloud.entity.relationships.supervises.host. id[] name[]
cloud.entity.relationships.supervises.service. id[] name[]
cloud.entity.relationships.supervises.user. domain[] email[] id[] name[]
cloud.instance. id name
cloud.machine. type
cloud.origin.account. id name
cloud.origin. availability_zone provider region
cloud.origin.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
cloud.origin.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
cloud.origin.entity.lifecycle. last_activity:date
cloud.origin.entity.relationships.administers.entity. id[]
cloud.origin.entity.relationships.administers.host. id[] name[]
cloud.origin.entity.relationships.administers.service. id[] name[]
cloud.origin.entity.relationships.administers.user. domain[] email[] id[] name[]
cloud.origin.entity.relationships.depends_on.entity. id[]
cloud.origin.entity.relationships.depends_on.host. id[] name[]
cloud.origin.entity.relationships.depends_on.service. id[] name[]
cloud.origin.entity.relationships.depends_on.user. domain[] email[] id[] name[]
cloud.origin.entity.relationships.owns.entity. id[]
cloud.origin.entity.relationships.owns.host. id[] name[]
cloud.origin.entity.relationships.owns.service. id[] name[]
cloud.origin.entity.relationships.owns.user. domain[] email[] id[] name[]
cloud.origin.entity.relationships.supervises.entity. id[]
cloud.origin.entity.relationships.supervises.host. id[] name[]
cloud.origin.entity.relationships.supervises.service. id[] name[]
cloud.origin.entity.relationships.supervises.user. domain[] email[] id[] name[]
cloud.origin.instance. id name
cloud.origin.machine. type
cloud.origin.project. id name
cloud.origin.service. name
cloud.project. id name
cloud.service. name
cloud.target.account. id name
cloud.target. availability_zone provider region
cloud.target.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
cloud.target.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
cloud.target.entity.lifecycle. last_activity:date
cloud.target.entity.relationships.administers.entity. id[]
cloud.target.entity.relationships.administers.host. id[] name[]
cloud.target.entity.relationships.administers.service. id[] name[]
cloud.target.entity.relationships.administers.user. domain[] email[] id[] name[]
cloud.target.entity.relationships.depends_on.entity. id[]
cloud.target.entity.relationships.depends_on.host. id[] name[]
cloud.target.entity.relationships.depends_on.service. id[] name[]
cloud.target.entity.relationships.depends_on.user. domain[] email[] id[] name[]
cloud.target.entity.relationships.owns.entity. id[]
cloud.target.entity.relationships.owns.host. id[] name[]
cloud.target.entity.relationships.owns.service. id[] name[]
cloud.target.entity.relationships.owns.user. domain[] email[] id[] name[]
cloud.target.entity.relationships.supervises.entity. id[]
cloud.target.entity.relationships.supervises.host. id[] name[]
cloud.target.entity.relationships.supervises.service. id[] name[]
cloud.target.entity.relationships.supervises.user. domain[] email[] id[] name[]
cloud.target.instance. id name
cloud.target.machine. type
cloud.target.project. id name
cloud.target.service. name
container.cpu. usage:scaled_float
container.disk.read. bytes:long
container.disk.write. bytes:long
container. id labels:object name runtime
container.image.hash. all[]
container.image. name tag[]
container.memory. usage:scaled_float
container.network.egress. bytes:long
container.network.ingress. bytes:long
container.security_context. privileged:boolean
data_stream. dataset:constant_keyword namespace:constant_keyword type:constant_keyword
destination. address bytes:long domain ip:ip mac packets:long port:long registered_domain subdomain top_level_domain
destination.as. number:long
destination.as.organization. name
destination.geo. city_name continent_code continent_name country_iso_code country_name location:geo_point name postal_code region_iso_code region_name timezone
destination.nat. ip:ip port:long
destination.user. domain email full_name hash id name roles[]
destination.user.group. domain id name
device. id manufacturer serial_number type
device.model. identifier name
device.product. id name
device.vendor. id name
dll.code_signature. digest_algorithm exists:boolean flags signing_id status subject_name team_id thumbprint_sha256 timestamp:date trusted:boolean valid:boolean
dll.hash. cdhash md5 sha1 sha256 sha384 sha512 ssdeep tlsh
dll. name origin_referrer_url origin_url path
dll.pe. architecture company description file_version go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean imphash import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long original_file_name pehash product sections:nested[]
dns. answers:object[] header_flags[] id op_code resolved_ip:ip[] response_code type
dns.question. class name registered_domain subdomain top_level_domain type
ecs. version
email. attachments:nested[] content_type delivery_timestamp:date direction local_id message_id:wildcard origination_timestamp:date subject x_mailer
email.bcc. address[]
email.cc. address[]
email.from. address[]
email.reply_to. address[]
email.sender. address
email.to. address[]
entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
entity.lifecycle. last_activity:date
entity.relationships.administers.entity. id[]
entity.relationships.administers.host. id[] name[]
entity.relationships.administers.service. id[] name[]
entity.relationships.administers.user. domain[] email[] id[] name[]
entity.relationships.depends_on.entity. id[]
entity.relationships.depends_on.host. id[] name[]
entity.relationships.depends_on.service. id[] name[]
entity.relationships.depends_on.user. domain[] email[] id[] name[]
entity.relationships.owns.entity. id[]
entity.relationships.owns.host. id[] name[]
entity.relationships.owns.service. id[] name[]
entity.relationships.owns.user. domain[] email[] id[] name[]
entity.relationships.supervises.entity. id[]
entity.relationships.supervises.host. id[] name[]
entity.relationships.supervises.service. id[] name[]
entity.relationships.supervises.user. domain[] email[] id[] name[]
entity.target.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
entity.target. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
entity.target.lifecycle. last_activity:date
entity.target.relationships.administers.entity. id[]
entity.target.relationships.administers.host. id[] name[]
entity.target.relationships.administers.service. id[] name[]
entity.target.relationships.administers.user. domain[] email[] id[] name[]
entity.target.relationships.depends_on.entity. id[]
entity.target.relationships.depends_on.host. id[] name[]
entity.target.relationships.depends_on.service. id[] name[]
entity.target.relationships.depends_on.user. domain[] email[] id[] name[]
entity.target.relationships.owns.entity. id[]
entity.target.relationships.owns.host. id[] name[]
entity.target.relationships.owns.service. id[] name[]
entity.target.relationships.owns.user. domain[] email[] id[] name[]
entity.target.relationships.supervises.entity. id[]
entity.target.relationships.supervises.host. id[] name[]
entity.target.relationships.supervises.service. id[] name[]
entity.target.relationships.supervises.user. domain[] email[] id[] name[]
error. code id message:match_only_text stack_trace:wildcard type
event. action agent_id_status category[] code created:date dataset duration:long end:date hash id ingested:date kind module original outcome provider reason reference risk_score:float risk_score_norm:float sequence:long severity:long start:date timezone type[] url
faas. coldstart:boolean execution id name version
faas.trigger. request_id type
file. accessed:date attributes[] created:date ctime:date device directory drive_letter extension fork_name gid group inode mime_type mode mtime:date name origin_referrer_url origin_url owner path size:long target_path type uid
file.code_signature. digest_algorithm exists:boolean flags signing_id status subject_name team_id thumbprint_sha256 timestamp:date trusted:boolean valid:boolean
file.elf. architecture byte_order cpu_type creation_date:date exports:flattened[] go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long sections:nested[] segments:nested[] shared_libraries[] telfhash
file.elf.header. abi_version class data entrypoint:long object_version os_abi type version
file.hash. cdhash md5 sha1 sha256 sha384 sha512 ssdeep tlsh
file.macho. go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long sections:nested[] symhash
file.pe. architecture company description file_version go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean imphash import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long original_file_name pehash product sections:nested[]
file.x509. alternative_names[] not_after:date not_before:date public_key_algorithm public_key_curve public_key_exponent:long public_key_size:long serial_number signature_algorithm version_number
file.x509.issuer. common_name[] country[] distinguished_name locality[] organization[] organizational_unit[] state_or_province[]
file.x509.subject. common_name[] country[] distinguished_name locality[] organization[] organizational_unit[] state_or_province[]
gen_ai.agent. description id name
gen_ai.operation. name
gen_ai.output. type
gen_ai.request.choice. count:integer
gen_ai.request. encoding_formats:nested frequency_penalty:double max_tokens:integer model presence_penalty:double seed:integer stop_sequences:nested temperature:double top_k:double top_p:double
gen_ai.response. finish_reasons:nested id model
gen_ai. system
gen_ai.token. type
gen_ai.tool.call. id
gen_ai.tool. name type
gen_ai.usage. input_tokens:integer output_tokens:integer
group. domain id name
host. architecture domain hostname id ip:ip[] mac[] name pid_ns_ino type uptime:long
host.boot. id
host.cpu. usage:scaled_float
host.disk.read. bytes:long
host.disk.write. bytes:long
host.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
host.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
host.entity.lifecycle. last_activity:date
host.entity.relationships.administers.entity. id[]
host.entity.relationships.administers.host. id[] name[]
host.entity.relationships.administers.service. id[] name[]
host.entity.relationships.administers.user. domain[] email[] id[] name[]
host.entity.relationships.depends_on.entity. id[]
host.entity.relationships.depends_on.host. id[] name[]
host.entity.relationships.depends_on.service. id[] name[]
host.entity.relationships.depends_on.user. domain[] email[] id[] name[]
host.entity.relationships.owns.entity. id[]
host.entity.relationships.owns.host. id[] name[]
host.entity.relationships.owns.service. id[] name[]
host.entity.relationships.owns.user. domain[] email[] id[] name[]
host.entity.relationships.supervises.entity. id[]
host.entity.relationships.supervises.host. id[] name[]
host.entity.relationships.supervises.service. id[] name[]
host.entity.relationships.supervises.user. domain[] email[] id[] name[]
host.geo. city_name continent_code continent_name country_iso_code country_name location:geo_point name postal_code region_iso_code region_name timezone
host.network.egress. bytes:long packets:long
host.network.ingress. bytes:long packets:long
host.os. family full kernel name platform type version
host.risk. calculated_level calculated_score:float calculated_score_norm:float static_level static_score:float static_score_norm:float
host.target. architecture domain hostname id ip:ip[] mac[] name pid_ns_ino type uptime:long
host.target.boot. id
host.target.cpu. usage:scaled_float
host.target.disk.read. bytes:long
host.target.disk.write. bytes:long
host.target.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
host.target.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
host.target.entity.lifecycle. last_activity:date
host.target.entity.relationships.administers.entity. id[]
host.target.entity.relationships.administers.host. id[] name[]
host.target.entity.relationships.administers.service. id[] name[]
host.target.entity.relationships.administers.user. domain[] email[] id[] name[]
host.target.entity.relationships.depends_on.entity. id[]
host.target.entity.relationships.depends_on.host. id[] name[]
host.target.entity.relationships.depends_on.service. id[] name[]
host.target.entity.relationships.depends_on.user. domain[] email[] id[] name[]
host.target.entity.relationships.owns.entity. id[]
host.target.entity.relationships.owns.host. id[] name[]
host.target.entity.relationships.owns.service. id[] name[]
host.target.entity.relationships.owns.user. domain[] email[] id[] name[]
host.target.entity.relationships.supervises.entity. id[]
host.target.entity.relationships.supervises.host. id[] name[]
host.target.entity.relationships.supervises.service. id[] name[]
host.target.entity.relationships.supervises.user. domain[] email[] id[] name[]
host.target.geo. city_name continent_code continent_name country_iso_code country_name location:geo_point name postal_code region_iso_code region_name timezone
host.target.network.egress. bytes:long packets:long
host.target.network.ingress. bytes:long packets:long
host.target.os. family full kernel name platform type version
host.target.risk. calculated_level calculated_score:float calculated_score_norm:float static_level static_score:float static_score_norm:float
http.request.body. bytes:long content:wildcard
http.request. bytes:long id method mime_type referrer
http.response.body. bytes:long content:wildcard
http.response. bytes:long mime_type status_code:long
http. version
log.file. path
log. level logger
log.origin.file. line:long name
log.origin. function
log.syslog. appname hostname msgid priority:long procid structured_data:flattened version
log.syslog.facility. code:long name
log.syslog.severity. code:long name
network. application bytes:long community_id direction forwarded_ip:ip iana_number name packets:long protocol transport type
network.inner.vlan. id name
network.vlan. id name
observer.egress.interface. alias id name
observer.egress.vlan. id name
observer.egress. zone
observer.geo. city_name continent_code continent_name country_iso_code country_name location:geo_point name postal_code region_iso_code region_name timezone
observer. hostname ip:ip[] mac[] name product serial_number type vendor version
observer.ingress.interface. alias id name
observer.ingress.vlan. id name
observer.ingress. zone
observer.os. family full kernel name platform type version
orchestrator. api_version namespace organization type
orchestrator.cluster. id name url version
orchestrator.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
orchestrator.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
orchestrator.entity.lifecycle. last_activity:date
orchestrator.entity.relationships.administers.entity. id[]
orchestrator.entity.relationships.administers.host. id[] name[]
orchestrator.entity.relationships.administers.service. id[] name[]
orchestrator.entity.relationships.administers.user. domain[] email[] id[] name[]
orchestrator.entity.relationships.depends_on.entity. id[]
orchestrator.entity.relationships.depends_on.host. id[] name[]
orchestrator.entity.relationships.depends_on.service. id[] name[]
orchestrator.entity.relationships.depends_on.user. domain[] email[] id[] name[]
orchestrator.entity.relationships.owns.entity. id[]
orchestrator.entity.relationships.owns.host. id[] name[]
orchestrator.entity.relationships.owns.service. id[] name[]
orchestrator.entity.relationships.owns.user. domain[] email[] id[] name[]
orchestrator.entity.relationships.supervises.entity. id[]
orchestrator.entity.relationships.supervises.host. id[] name[]
orchestrator.entity.relationships.supervises.service. id[] name[]
orchestrator.entity.relationships.supervises.user. domain[] email[] id[] name[]
orchestrator.resource. annotation[] id ip:ip[] label[] name type
orchestrator.resource.parent. type
organization. id name
package. architecture build_version checksum description install_scope installed:date license name path reference size:long type version
process. args[] args_count:long command_line:wildcard end:date entity_id env_vars[] executable exit_code:long interactive:boolean name pid:long start:date title uptime:long vpid:long working_directory
process.code_signature. digest_algorithm exists:boolean flags signing_id status subject_name team_id thumbprint_sha256 timestamp:date trusted:boolean valid:boolean
process.elf. architecture byte_order cpu_type creation_date:date exports:flattened[] go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long sections:nested[] segments:nested[] shared_libraries[] telfhash
process.elf.header. abi_version class data entrypoint:long object_version os_abi type version
process.entry_leader. args[] args_count:long command_line:wildcard entity_id executable interactive:boolean name pid:long same_as_process:boolean start:date vpid:long working_directory
process.entry_leader.attested_groups. name
process.entry_leader.attested_user. id name
process.entry_leader.entry_meta.source. ip:ip
process.entry_leader.entry_meta. type
process.entry_leader.group. id name
process.entry_leader.parent. entity_id pid:long start:date vpid:long
process.entry_leader.parent.session_leader. entity_id pid:long start:date vpid:long
process.entry_leader.real_group. id name
process.entry_leader.real_user. id name
process.entry_leader.saved_group. id name
process.entry_leader.saved_user. id name
process.entry_leader.supplemental_groups. id name
process.entry_leader.tty.char_device. major:long minor:long
process.entry_leader.user. id name
process.group. id name
process.group_leader. args[] args_count:long command_line:wildcard entity_id executable interactive:boolean name pid:long same_as_process:boolean start:date vpid:long working_directory
process.group_leader.group. id name
process.group_leader.real_group. id name
process.group_leader.real_user. id name
process.group_leader.saved_group. id name
process.group_leader.saved_user. id name
process.group_leader.supplemental_groups. id name
process.group_leader.tty.char_device. major:long minor:long
process.group_leader.user. id name
process.hash. cdhash md5 sha1 sha256 sha384 sha512 ssdeep tlsh
process.io. bytes_skipped:object[] max_bytes_per_process_exceeded:boolean text:wildcard total_bytes_captured:long total_bytes_skipped:long type
process.macho. go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long sections:nested[] symhash
process.parent. args[] args_count:long command_line:wildcard end:date entity_id executable exit_code:long interactive:boolean name pid:long start:date title uptime:long vpid:long working_directory
process.parent.code_signature. digest_algorithm exists:boolean flags signing_id status subject_name team_id thumbprint_sha256 timestamp:date trusted:boolean valid:boolean
process.parent.elf. architecture byte_order cpu_type creation_date:date exports:flattened[] go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long sections:nested[] segments:nested[] shared_libraries[] telfhash
process.parent.elf.header. abi_version class data entrypoint:long object_version os_abi type version
process.parent.group. id name
process.parent.group_leader. entity_id pid:long start:date vpid:long
process.parent.hash. cdhash md5 sha1 sha256 sha384 sha512 ssdeep tlsh
process.parent.macho. go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long sections:nested[] symhash
process.parent.pe. architecture company description file_version go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean imphash import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long original_file_name pehash product sections:nested[]
process.parent.real_group. id name
process.parent.real_user. id name
process.parent.saved_group. id name
process.parent.saved_user. id name
process.parent.supplemental_groups. id name
process.parent.thread.capabilities. effective[] permitted[]
process.parent.thread. id:long name
process.parent.tty.char_device. major:long minor:long
process.parent.user. id name
process.pe. architecture company description file_version go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean imphash import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long original_file_name pehash product sections:nested[]
process.previous. args[] args_count:long executable
process.real_group. id name
process.real_user. id name
process.saved_group. id name
process.saved_user. id name
process.session_leader. args[] args_count:long command_line:wildcard entity_id executable interactive:boolean name pid:long same_as_process:boolean start:date vpid:long working_directory
process.session_leader.group. id name
process.session_leader.parent. entity_id pid:long start:date vpid:long
process.session_leader.parent.session_leader. entity_id pid:long start:date vpid:long
process.session_leader.real_group. id name
process.session_leader.real_user. id name
process.session_leader.saved_group. id name
process.session_leader.saved_user. id name
process.session_leader.supplemental_groups. id name
process.session_leader.tty.char_device. major:long minor:long
process.session_leader.user. id name
process.supplemental_groups. id name
process.thread.capabilities. effective[] permitted[]
process.thread. id:long name
process.tty.char_device. major:long minor:long
process.tty. columns:long rows:long
process.user. id name
registry.data. bytes strings:wildcard[] type
registry. hive key path value
related. hash[] hosts[] ip:ip[] user[]
rule. author[] category description id license name reference ruleset uuid version
server. address bytes:long domain ip:ip mac packets:long port:long registered_domain subdomain top_level_domain
server.as. number:long
server.as.organization. name
server.geo. city_name continent_code continent_name country_iso_code country_name location:geo_point name postal_code region_iso_code region_name timezone
server.nat. ip:ip port:long
server.user. domain email full_name hash id name roles[]
server.user.group. domain id name
service. address environment ephemeral_id id name state type version
service.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
service.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
service.entity.lifecycle. last_activity:date
service.entity.relationships.administers.entity. id[]
service.entity.relationships.administers.host. id[] name[]
service.entity.relationships.administers.service. id[] name[]
service.entity.relationships.administers.user. domain[] email[] id[] name[]
service.entity.relationships.depends_on.entity. id[]
service.entity.relationships.depends_on.host. id[] name[]
service.entity.relationships.depends_on.service. id[] name[]
service.entity.relationships.depends_on.user. domain[] email[] id[] name[]
service.entity.relationships.owns.entity. id[]
service.entity.relationships.owns.host. id[] name[]
service.entity.relationships.owns.service. id[] name[]
service.entity.relationships.owns.user. domain[] email[] id[] name[]
service.entity.relationships.supervises.entity. id[]
service.entity.relationships.supervises.host. id[] name[]
service.entity.relationships.supervises.service. id[] name[]
service.entity.relationships.supervises.user. domain[] email[] id[] name[]
service.node. name role roles[]
service.origin. address environment ephemeral_id id name state type version
service.origin.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
service.origin.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
service.origin.entity.lifecycle. last_activity:date
service.origin.entity.relationships.administers.entity. id[]
service.origin.entity.relationships.administers.host. id[] name[]
service.origin.entity.relationships.administers.service. id[] name[]
service.origin.entity.relationships.administers.user. domain[] email[] id[] name[]
service.origin.entity.relationships.depends_on.entity. id[]
service.origin.entity.relationships.depends_on.host. id[] name[]
service.origin.entity.relationships.depends_on.service. id[] name[]
service.origin.entity.relationships.depends_on.user. domain[] email[] id[] name[]
service.origin.entity.relationships.owns.entity. id[]
service.origin.entity.relationships.owns.host. id[] name[]
service.origin.entity.relationships.owns.service. id[] name[]
service.origin.entity.relationships.owns.user. domain[] email[] id[] name[]
service.origin.entity.relationships.supervises.entity. id[]
service.origin.entity.relationships.supervises.host. id[] name[]
service.origin.entity.relationships.supervises.service. id[] name[]
service.origin.entity.relationships.supervises.user. domain[] email[] id[] name[]
service.origin.node. name role roles[]
service.target. address environment ephemeral_id id name state type version
service.target.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
service.target.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
service.target.entity.lifecycle. last_activity:date
service.target.entity.relationships.administers.entity. id[]
service.target.entity.relationships.administers.host. id[] name[]
service.target.entity.relationships.administers.service. id[] name[]
service.target.entity.relationships.administers.user. domain[] email[] id[] name[]
service.target.entity.relationships.depends_on.entity. id[]
service.target.entity.relationships.depends_on.host. id[] name[]
service.target.entity.relationships.depends_on.service. id[] name[]
service.target.entity.relationships.depends_on.user. domain[] email[] id[] name[]
service.target.entity.relationships.owns.entity. id[]
service.target.entity.relationships.owns.host. id[] name[]
service.target.entity.relationships.owns.service. id[] name[]
service.target.entity.relationships.owns.user. domain[] email[] id[] name[]
service.target.entity.relationships.supervises.entity. id[]
service.target.entity.relationships.supervises.host. id[] name[]
service.target.entity.relationships.supervises.service. id[] name[]
service.target.entity.relationships.supervises.user. domain[] email[] id[] name[]
service.target.node. name role roles[]
source. address bytes:long domain ip:ip mac packets:long port:long registered_domain subdomain top_level_domain
source.as. number:long
source.as.organization. name
source.geo. city_name continent_code continent_name country_iso_code country_name location:geo_point name postal_code region_iso_code region_name timezone
source.nat. ip:ip port:long
source.user. domain email full_name hash id name roles[]
source.user.group. domain id name
span. id
threat. enrichments:nested[] framework
threat.feed. dashboard_id description name reference
threat.group. alias[] id name reference
threat.indicator.as. number:long
threat.indicator.as.organization. name
threat.indicator. confidence description first_seen:date id[] ip:ip last_seen:date modified_at:date name port:long provider reference scanner_stats:long sightings:long type
threat.indicator.email. address
threat.indicator.file. accessed:date attributes[] created:date ctime:date device directory drive_letter extension fork_name gid group inode mime_type mode mtime:date name origin_referrer_url origin_url owner path size:long target_path type uid
threat.indicator.file.code_signature. digest_algorithm exists:boolean flags signing_id status subject_name team_id thumbprint_sha256 timestamp:date trusted:boolean valid:boolean
threat.indicator.file.elf. architecture byte_order cpu_type creation_date:date exports:flattened[] go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long sections:nested[] segments:nested[] shared_libraries[] telfhash
threat.indicator.file.elf.header. abi_version class data entrypoint:long object_version os_abi type version
threat.indicator.file.hash. cdhash md5 sha1 sha256 sha384 sha512 ssdeep tlsh
threat.indicator.file.pe. architecture company description file_version go_import_hash go_imports:flattened go_imports_names_entropy:long go_imports_names_var_entropy:long go_stripped:boolean imphash import_hash imports:flattened[] imports_names_entropy:long imports_names_var_entropy:long original_file_name pehash product sections:nested[]
threat.indicator.file.x509. alternative_names[] not_after:date not_before:date public_key_algorithm public_key_curve public_key_exponent:long public_key_size:long serial_number signature_algorithm version_number
threat.indicator.file.x509.issuer. common_name[] country[] distinguished_name locality[] organization[] organizational_unit[] state_or_province[]
threat.indicator.file.x509.subject. common_name[] country[] distinguished_name locality[] organization[] organizational_unit[] state_or_province[]
threat.indicator.geo. city_name continent_code continent_name country_iso_code country_name location:geo_point name postal_code region_iso_code region_name timezone
threat.indicator.marking. tlp tlp_version
threat.indicator.registry.data. bytes strings:wildcard[] type
threat.indicator.registry. hive key path value
threat.indicator.url. domain extension fragment full:wildcard original:wildcard password path:wildcard port:long query registered_domain scheme subdomain top_level_domain username
threat.indicator.x509. alternative_names[] not_after:date not_before:date public_key_algorithm public_key_curve public_key_exponent:long public_key_size:long serial_number signature_algorithm version_number
threat.indicator.x509.issuer. common_name[] country[] distinguished_name locality[] organization[] organizational_unit[] state_or_province[]
threat.indicator.x509.subject. common_name[] country[] distinguished_name locality[] organization[] organizational_unit[] state_or_province[]
threat.software. alias[] id name platforms[] reference type
threat.tactic. id[] name[] reference[]
threat.technique. id[] name[] reference[]
threat.technique.subtechnique. id[] name[] reference[]
tls. cipher curve established:boolean next_protocol resumed:boolean version version_protocol
tls.client. certificate certificate_chain[] issuer ja3 not_after:date not_before:date server_name subject supported_ciphers[]
tls.client.hash. md5 sha1 sha256
tls.client.x509. alternative_names[] not_after:date not_before:date public_key_algorithm public_key_curve public_key_exponent:long public_key_size:long serial_number signature_algorithm version_number
tls.client.x509.issuer. common_name[] country[] distinguished_name locality[] organization[] organizational_unit[] state_or_province[]
tls.client.x509.subject. common_name[] country[] distinguished_name locality[] organization[] organizational_unit[] state_or_province[]
tls.server. certificate certificate_chain[] issuer ja3s not_after:date not_before:date subject
tls.server.hash. md5 sha1 sha256
tls.server.x509. alternative_names[] not_after:date not_before:date public_key_algorithm public_key_curve public_key_exponent:long public_key_size:long serial_number signature_algorithm version_number
tls.server.x509.issuer. common_name[] country[] distinguished_name locality[] organization[] organizational_unit[] state_or_province[]
tls.server.x509.subject. common_name[] country[] distinguished_name locality[] organization[] organizational_unit[] state_or_province[]
trace. id
transaction. id
url. domain extension fragment full:wildcard original:wildcard password path:wildcard port:long query registered_domain scheme subdomain top_level_domain username
user.changes. domain email full_name hash id name roles[]
user.changes.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
user.changes.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
user.changes.entity.lifecycle. last_activity:date
user.changes.entity.relationships.administers.entity. id[]
user.changes.entity.relationships.administers.host. id[] name[]
user.changes.entity.relationships.administers.service. id[] name[]
user.changes.entity.relationships.administers.user. domain[] email[] id[] name[]
user.changes.entity.relationships.depends_on.entity. id[]
user.changes.entity.relationships.depends_on.host. id[] name[]
user.changes.entity.relationships.depends_on.service. id[] name[]
user.changes.entity.relationships.depends_on.user. domain[] email[] id[] name[]
user.changes.entity.relationships.owns.entity. id[]
user.changes.entity.relationships.owns.host. id[] name[]
user.changes.entity.relationships.owns.service. id[] name[]
user.changes.entity.relationships.owns.user. domain[] email[] id[] name[]
user.changes.entity.relationships.supervises.entity. id[]
user.changes.entity.relationships.supervises.host. id[] name[]
user.changes.entity.relationships.supervises.service. id[] name[]
user.changes.entity.relationships.supervises.user. domain[] email[] id[] name[]
user.changes.group. domain id name
user.changes.risk. calculated_level calculated_score:float calculated_score_norm:float static_level static_score:float static_score_norm:float
user. domain email full_name hash id name roles[]
user.effective. domain email full_name hash id name roles[]
user.effective.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
user.effective.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
user.effective.entity.lifecycle. last_activity:date
user.effective.entity.relationships.administers.entity. id[]
user.effective.entity.relationships.administers.host. id[] name[]
user.effective.entity.relationships.administers.service. id[] name[]
user.effective.entity.relationships.administers.user. domain[] email[] id[] name[]
user.effective.entity.relationships.depends_on.entity. id[]
user.effective.entity.relationships.depends_on.host. id[] name[]
user.effective.entity.relationships.depends_on.service. id[] name[]
user.effective.entity.relationships.depends_on.user. domain[] email[] id[] name[]
user.effective.entity.relationships.owns.entity. id[]
user.effective.entity.relationships.owns.host. id[] name[]
user.effective.entity.relationships.owns.service. id[] name[]
user.effective.entity.relationships.owns.user. domain[] email[] id[] name[]
user.effective.entity.relationships.supervises.entity. id[]
user.effective.entity.relationships.supervises.host. id[] name[]
user.effective.entity.relationships.supervises.service. id[] name[]
user.effective.entity.relationships.supervises.user. domain[] email[] id[] name[]
user.effective.group. domain id name
user.effective.risk. calculated_level calculated_score:float calculated_score_norm:float static_level static_score:float static_score_norm:float
user.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
user.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
user.entity.lifecycle. last_activity:date
user.entity.relationships.administers.entity. id[]
user.entity.relationships.administers.host. id[] name[]
user.entity.relationships.administers.service. id[] name[]
user.entity.relationships.administers.user. domain[] email[] id[] name[]
user.entity.relationships.depends_on.entity. id[]
user.entity.relationships.depends_on.host. id[] name[]
user.entity.relationships.depends_on.service. id[] name[]
user.entity.relationships.depends_on.user. domain[] email[] id[] name[]
user.entity.relationships.owns.entity. id[]
user.entity.relationships.owns.host. id[] name[]
user.entity.relationships.owns.service. id[] name[]
user.entity.relationships.owns.user. domain[] email[] id[] name[]
user.entity.relationships.supervises.entity. id[]
user.entity.relationships.supervises.host. id[] name[]
user.entity.relationships.supervises.service. id[] name[]
user.entity.relationships.supervises.user. domain[] email[] id[] name[]
user.group. domain id name
user.risk. calculated_level calculated_score:float calculated_score_norm:float static_level static_score:float static_score_norm:float
user.target. domain email full_name hash id name roles[]
user.target.entity.attributes. known_redirects[] managed:boolean mfa_enabled:boolean oauth_consent_restriction permissions[] storage_class
user.target.entity. behavior:object display_name id last_seen_timestamp:date metrics:object name raw:object reference source sub_type type[]
user.target.entity.lifecycle. last_activity:date
user.target.entity.relationships.administers.entity. id[]
user.target.entity.relationships.administers.host. id[] name[]
user.target.entity.relationships.administers.service. id[] name[]
user.target.entity.relationships.administers.user. domain[] email[] id[] name[]
user.target.entity.relationships.depends_on.entity. id[]
user.target.entity.relationships.depends_on.host. id[] name[]
user.target.entity.relationships.depends_on.service. id[] name[]
user.target.entity.relationships.depends_on.user. domain[] email[] id[] name[]
user.target.entity.relationships.owns.entity. id[]
user.target.entity.relationships.owns.host. id[] name[]
user.target.entity.relationships.owns.service. id[] name[]
user.target.entity.relationships.owns.user. domain[] email[] id[] name[]
user.target.entity.relationships.supervises.entity. id[]
user.target.entity.relationships.supervises.host. id[] name[]
user.target.entity.relationships.supervises.service. id[] name[]
user.target.entity.relationships.supervises.user. domain[] email[] id[] name[]
user.target.group. domain id name
user.target.risk. calculated_level calculated_score:float calculated_score_norm:float static_level static_score:float static_score_norm:float
user_agent.device. name
user_agent. name original version
user_agent.os. family full kernel name platform type version
volume. bus_type default_access device_name device_type dos_name file_system_type mount_name nt_name product_id product_name removable:boolean serial_number size:long vendor_id vendor_name writable:boolean
vulnerability. category[] classification description enumeration id reference report_id severity
vulnerability.scanner. vendor
vulnerability.score. base:float environmental:float temporal:float version
`;
