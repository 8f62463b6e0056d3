-- title: Buckets that were opened to everybody
-- description: Calls that opened a bucket, or removed what keeps it closed: ACLs and policies for everybody, and weaker
--   public access blocks. A policy with a condition may still be narrow. Calls that failed have an error code.
WITH changes AS (
  SELECT *, request_parameters::VARCHAR AS request, json_extract(request_parameters, '$.bucketPolicy') AS policy
  FROM events
  WHERE event_time >= $from AND event_time < $to
    AND event_source IN ('s3.amazonaws.com', 's3-control.amazonaws.com')
    AND event_name IN ('CreateBucket', 'DeleteAccountPublicAccessBlock', 'DeleteBucketPublicAccessBlock', 'PutBucketAcl',
      'PutAccountPublicAccessBlock', 'PutBucketPolicy', 'PutBucketPublicAccessBlock')
), statements AS (
  SELECT event_id, unnest(CASE json_type(policy, '$.Statement')
    WHEN 'ARRAY' THEN CAST(json_extract(policy, '$.Statement') AS JSON[])
    ELSE [json_extract(policy, '$.Statement')] END) AS statement
  FROM changes
  WHERE event_name = 'PutBucketPolicy'
), open_to_all AS (
  SELECT event_id, bool_and(json_exists(statement, '$.Condition')) AS has_condition
  FROM statements
  WHERE json_extract_string(statement, '$.Effect') = 'Allow'
    AND (json_extract_string(statement, '$.Principal') = '*' OR regexp_matches(json_extract_string(statement, '$.Principal.AWS'), '^\*$|"\*"'))
  GROUP BY event_id
)
SELECT event_time, (request_parameters ->> '$.bucketName') AS bucket,
  CASE
    WHEN event_name LIKE 'Delete%PublicAccessBlock' THEN 'public access block removed'
    WHEN event_name LIKE 'Put%PublicAccessBlock'
      AND regexp_matches(request, '"(BlockPublicAcls|IgnorePublicAcls|BlockPublicPolicy|RestrictPublicBuckets)"\s*:\s*"?false')
      THEN 'public access block weakened'
    WHEN event_name IN ('CreateBucket', 'PutBucketAcl')
      AND regexp_matches(request, 'groups/global/(AllUsers|AuthenticatedUsers)|"(public-read|public-read-write|authenticated-read)"')
      THEN 'ACL for everybody'
    WHEN has_condition THEN 'policy for everybody, with a condition'
    WHEN has_condition IS FALSE THEN 'policy for everybody'
  END AS change,
  event_name, principal, principal_type, account, region, source_ip, error_code, event_id
FROM changes LEFT JOIN open_to_all USING (event_id)
WHERE change IS NOT NULL
ORDER BY event_time, event_id
