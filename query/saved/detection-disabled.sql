-- title: GuardDuty, Config and the like, switched off
-- description: Calls that stop, delete or blind what watches the account: GuardDuty, Config, Security Hub, Macie, Inspector,
--   Access Analyzer, flow logs, log groups and alarms.
SELECT event_time, event_source, event_name,
  coalesce(request_parameters ->> '$.detectorId', request_parameters ->> '$.configurationRecorderName',
    request_parameters ->> '$.deliveryChannelName', request_parameters ->> '$.configRuleName', request_parameters ->> '$.analyzerName',
    request_parameters ->> '$.logGroupName', request_parameters ->> '$.alarmNames',
    request_parameters ->> '$.DeleteFlowLogsRequest.FlowLogId.content') AS what,
  principal, principal_type, account, region, source_ip, error_code, event_id
FROM events
WHERE event_time >= $from AND event_time < $to
  AND (event_source, event_name) IN (
    ('guardduty.amazonaws.com', 'DeleteDetector'), ('guardduty.amazonaws.com', 'DeleteMembers'),
    ('guardduty.amazonaws.com', 'DeletePublishingDestination'), ('guardduty.amazonaws.com', 'DisassociateFromAdministratorAccount'),
    ('guardduty.amazonaws.com', 'DisassociateFromMasterAccount'), ('guardduty.amazonaws.com', 'DisassociateMembers'),
    ('guardduty.amazonaws.com', 'StopMonitoringMembers'), ('guardduty.amazonaws.com', 'UpdateDetector'),
    ('guardduty.amazonaws.com', 'CreateFilter'), ('guardduty.amazonaws.com', 'CreateIPSet'), ('guardduty.amazonaws.com', 'UpdateIPSet'),
    ('config.amazonaws.com', 'DeleteConfigRule'), ('config.amazonaws.com', 'DeleteConfigurationRecorder'),
    ('config.amazonaws.com', 'DeleteDeliveryChannel'), ('config.amazonaws.com', 'StopConfigurationRecorder'),
    ('securityhub.amazonaws.com', 'BatchDisableStandards'), ('securityhub.amazonaws.com', 'DisableSecurityHub'),
    ('securityhub.amazonaws.com', 'DisassociateFromAdministratorAccount'),
    ('macie2.amazonaws.com', 'DisableMacie'), ('inspector2.amazonaws.com', 'Disable'),
    ('access-analyzer.amazonaws.com', 'DeleteAnalyzer'), ('ec2.amazonaws.com', 'DeleteFlowLogs'),
    ('logs.amazonaws.com', 'DeleteLogGroup'), ('logs.amazonaws.com', 'DeleteLogStream'),
    ('monitoring.amazonaws.com', 'DeleteAlarms'), ('monitoring.amazonaws.com', 'DisableAlarmActions'))
  -- GuardDuty is also updated for other reasons; a filter that archives nothing hides nothing.
  AND (event_name <> 'UpdateDetector' OR (request_parameters ->> '$.enable') = 'false')
  AND (event_name <> 'CreateFilter' OR upper(request_parameters ->> '$.action') = 'ARCHIVE')
ORDER BY event_time, event_id
