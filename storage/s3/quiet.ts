/**
 * The AWS SDK announces on stderr, with the first client, that its versions after January 2027 need Node 22. Which version is
 * used is not the business of whoever runs Trailmill: package.json names one that works with the Node versions it names.
 */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
