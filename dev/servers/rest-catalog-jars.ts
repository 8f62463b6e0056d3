/**
 * The jars of the Iceberg project's REST catalog server, from `mvn dependency:copy-dependencies` of: iceberg-open-api
 * (test-fixtures), iceberg-core and its tests, iceberg-aws, iceberg-aws-bundle, jetty-server and jetty-servlet, sqlite-jdbc,
 * slf4j-simple, hadoop-client-api and -runtime; without the jars that it does not need. 145 MB.
 */
import type { Jar } from './maven.js';

/** The jars, each with its checksum. */
export const REST_CATALOG_JARS: readonly Jar[] = [
  {
    coordinates: 'com.fasterxml.jackson.core:jackson-annotations:2.19.2',
    sha256: 'e516743a316dcf83c572ffc9cb6e8c5e8c134880c8c5155b02f7b34e9c5dc3cf',
  },
  {
    coordinates: 'com.fasterxml.jackson.core:jackson-core:2.19.2',
    sha256: 'aa77eaf29293a868c47372194f7c5287d77d9370b04ea25d3fffc1e4904b5880',
  },
  {
    coordinates: 'com.fasterxml.jackson.core:jackson-databind:2.19.2',
    sha256: '0a1bd4e9b0d670e632d40ee8c625ad376233502f03c2f5889baea95d025b47a7',
  },
  {
    coordinates: 'com.github.ben-manes.caffeine:caffeine:2.9.3',
    sha256: '1e0a7bbef1dd791653143f3f05d0e489934bf5481e58a87c9e619cd46b68729b',
  },
  {
    coordinates: 'commons-logging:commons-logging:1.2',
    sha256: 'daddea1ea0be0f56978ab3006b8ac92834afeefbd9b7e4e6316fca57df0fa636',
  },
  {
    coordinates: 'dev.failsafe:failsafe:3.3.2',
    sha256: '2c5dc879a6dac7ea3a7b29d795e27bd49b8e7908b05c2f3e56053c19d79850f5',
  },
  {
    coordinates: 'org.apache.avro:avro:1.12.0',
    sha256: '1f5fbfff9b7427d6832cc3031a3c81413d3e21d9e2551847d9231c28493f9492',
  },
  {
    coordinates: 'org.apache.hadoop:hadoop-client-api:3.4.1',
    sha256: 'a964d4daa054c9615bbafb4553efbb140fa7fb9ac6f358a24393f183a5703438',
  },
  {
    coordinates: 'org.apache.hadoop:hadoop-client-runtime:3.4.1',
    sha256: 'f6a800a159f918670db533606d33560d6c13b7e13f14eda493280ae33b9eeb2f',
  },
  {
    coordinates: 'org.apache.httpcomponents.client5:httpclient5:5.5',
    sha256: '496b4b0e8d5f3a8139a5d2638486d304758bac3a9c39d76989f663cfd9354fc9',
  },
  {
    coordinates: 'org.apache.httpcomponents.core5:httpcore5-h2:5.3.4',
    sha256: '1fb4f34e4b612e7c127ad693335583587850b17ce9b1c366f9de1ca49fe2c781',
  },
  {
    coordinates: 'org.apache.httpcomponents.core5:httpcore5:5.3.4',
    sha256: 'f2b2fd7a0164e8c3120cd8437bc9fea439239e165c17262b3e907daa7e979f80',
  },
  {
    coordinates: 'org.apache.iceberg:iceberg-api:1.10.0',
    sha256: '627061d401dba9d1a8cada2da6394640c2e803102bb676fb34e5f65503cf2c51',
  },
  {
    coordinates: 'org.apache.iceberg:iceberg-aws-bundle:1.10.0',
    sha256: '172370cfc32a5f1ae5399b210e86fc04a366dc29a112d97ac8ffc74df7525596',
  },
  {
    coordinates: 'org.apache.iceberg:iceberg-aws:1.10.0',
    sha256: 'fe9b8980fb79f6a89e94c6c8f61453f723403fdf00a9813e92d4a5954587c22a',
  },
  {
    coordinates: 'org.apache.iceberg:iceberg-bundled-guava:1.10.0',
    sha256: '05b79072e19071b1bcf7a4e382d624b3b2ccad6eaf79627676219bb48e4e834d',
  },
  {
    coordinates: 'org.apache.iceberg:iceberg-common:1.10.0',
    sha256: '5ce6ec8262b4c6f8151d9e36ebe013bd23ec0f310508173f72c43bc073d5f519',
  },
  {
    coordinates: 'org.apache.iceberg:iceberg-core:1.10.0',
    sha256: '54091489dbdcb31b5a4514372abfc908a7b0be69f76e785f1e82279be4fbd6cc',
  },
  {
    coordinates: 'org.apache.iceberg:iceberg-core:1.10.0:tests',
    sha256: 'caa79473e760a6ea0740888832d85868359142640d34f472cd565763bb9b90c7',
  },
  {
    coordinates: 'org.apache.iceberg:iceberg-open-api:1.10.0:test-fixtures',
    sha256: 'ec4dce1663933e3520227da8238a980d52b7eccac532c1953f337dc1e6ee597b',
  },
  {
    coordinates: 'org.eclipse.jetty.toolchain:jetty-jakarta-servlet-api:5.0.2',
    sha256: 'efb20997729f32bfa6c8a8319037c353f7ad460d5d49f336bf232998ea2358db',
  },
  {
    coordinates: 'org.eclipse.jetty:jetty-http:11.0.25',
    sha256: '7ae3f8055557e6cea13980eaa37eaf9d546cd57a2d358aa7cb2e5de7c4946169',
  },
  {
    coordinates: 'org.eclipse.jetty:jetty-io:11.0.25',
    sha256: '6d5859f4ce88156c86aac0fa62d27a768d8f100aa6da5c13a82ec3c9ea16a349',
  },
  {
    coordinates: 'org.eclipse.jetty:jetty-security:11.0.25',
    sha256: '861a0be80a4dfa7935a89113d4ac4ed76505f079b22c9e2f1a84017908bbcd57',
  },
  {
    coordinates: 'org.eclipse.jetty:jetty-server:11.0.25',
    sha256: '710652a7dccc0590cd0af2798dd3c4c93a777e7fb591d89d7cf02a4839bf0dd8',
  },
  {
    coordinates: 'org.eclipse.jetty:jetty-servlet:11.0.25',
    sha256: '641eb7725c8aa27ff4f35e71b826f6c3fff5ce745d6997e520eafb887e3623ec',
  },
  {
    coordinates: 'org.eclipse.jetty:jetty-util:11.0.25',
    sha256: '801ce0baaaf9a269fade7172dadd290c707f3bcdaf22b4292c323f6548b05959',
  },
  {
    coordinates: 'org.slf4j:slf4j-api:2.0.17',
    sha256: '7b751d952061954d5abfed7181c1f645d336091b679891591d63329c622eb832',
  },
  {
    coordinates: 'org.slf4j:slf4j-simple:2.0.16',
    sha256: 'effc32018658bea09d1e08c7d1060ccad46c086960f583d07dd7ffe9c1172a47',
  },
  {
    coordinates: 'org.xerial:sqlite-jdbc:3.46.1.3',
    sha256: '4a4832720a65eaf7f4d6fd7ede52087b994dc5633c076f9e994dc0c8b4b0b4fa',
  },
];
