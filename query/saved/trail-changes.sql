-- title: Changes of CloudTrail itself
-- description: Trails that were stopped, deleted or changed, and event data stores: what comes first when traces are to be
--   covered.
SELECT event_time, event_name,
  coalesce(request_parameters ->> '$.name', request_parameters ->> '$.trailName', request_parameters ->> '$.eventDataStore') AS trail,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND event_source = 'cloudtrail.amazonaws.com'
  AND event_name IN ('CreateTrail', 'DeleteEventDataStore', 'DeleteTrail', 'PutEventSelectors', 'PutInsightSelectors',
    'StartLogging', 'StopEventDataStoreIngestion', 'StopLogging', 'UpdateEventDataStore', 'UpdateTrail')
ORDER BY event_time, event_id
