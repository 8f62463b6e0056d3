/**
 * When the first client is created, the AWS SDK warns on stderr that its versions after January 2027 need Node 22. The warning
 * is of no use to users of Trailmill: package.json pins an SDK version that works with the supported Node versions.
 */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
