/** Where a request came from. Location and network are filled if the configuration names databases for them. */
import * as derive from '../derived.js';
import { GEO_POINT } from '../ecs-fields.js';
import { type CloudTrailColumn, derived, direct, lookup } from './column.js';

/** The columns `source.*`. */
export const SOURCE_COLUMNS: readonly CloudTrailColumn[] = [
  lookup(
    direct('source.address', 'sourceIPAddress', 'text', 'Where the request came from: an IP address or a service name'),
  ),
  derived('source.as.number', 'long', derive.sourceAsNumber, 'Autonomous system of source.ip (enrich.geoip.asn)'),
  derived(
    'source.as.organization.name',
    'string',
    derive.sourceAsOrganization,
    'Organization that runs the autonomous system (enrich.geoip.asn)',
  ),
  derived('source.geo.city_name', 'string', derive.sourceGeo('city_name'), 'City of source.ip (enrich.geoip.city)'),
  derived(
    'source.geo.continent_name',
    'string',
    derive.sourceGeo('continent_name'),
    'Continent of source.ip (enrich.geoip.city)',
  ),
  derived(
    'source.geo.country_iso_code',
    'string',
    derive.sourceGeo('country_iso_code'),
    'ISO 3166-1 code of the country of source.ip (enrich.geoip.city)',
  ),
  derived(
    'source.geo.country_name',
    'string',
    derive.sourceGeo('country_name'),
    'Country of source.ip (enrich.geoip.city)',
  ),
  derived(
    'source.geo.location',
    GEO_POINT,
    derive.sourceGeoLocation,
    'Location of source.ip, in degrees (enrich.geoip.city)',
  ),
  derived(
    'source.geo.region_iso_code',
    'string',
    derive.sourceGeo('region_iso_code'),
    'ISO 3166-2 code of the region of source.ip: `DE-HE` (enrich.geoip.city)',
  ),
  derived(
    'source.geo.region_name',
    'string',
    derive.sourceGeo('region_name'),
    'Region of source.ip (enrich.geoip.city)',
  ),
  lookup(
    derived(
      'source.ip',
      'string',
      derive.sourceIp,
      'IP address in source.address: without a port; the first one of a list',
    ),
  ),
];
