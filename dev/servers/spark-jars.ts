/**
 * The jars of Spark SQL with Iceberg, from `mvn dependency:copy-dependencies` of spark-sql, iceberg-spark-runtime,
 * iceberg-aws-bundle, hadoop-aws, hadoop-client-api and -runtime, and s3-transfer-manager in the version of the bundle's SDK;
 * without the jars that it does not need. 240 MB, of which the REST server shares the bundle and hadoop-client (115 MB).
 */
import type { Jar } from './maven.js';

/** Each line: checksum and coordinates. */
const TABLE = `
d61aebbea8a08148c3aca6b03464495a4bbf9d362205d54ea5f6b443af73afdf com.clearspring.analytics:stream:2.9.6
a4899f57fef456b9ec66f730e7b493ecb3dc494cc5758721ed9c18416fd2d3b6 com.esotericsoftware:kryo-shaded:4.0.2
04e21f94dcfee4b078fa5a5f53047b785aaba69d19de392f616e7a7fe5d3882f com.fasterxml.jackson.core:jackson-annotations:2.15.2
303c99e82b1faa91a0bae5d8fbeb56f7e2adf9b526a900dd723bf140d62bd4b4 com.fasterxml.jackson.core:jackson-core:2.15.2
0eb2fdad6e40ab8832a78c9b22f58196dd970594e8d3d5a26ead87847c4f3a96 com.fasterxml.jackson.core:jackson-databind:2.15.2
81259ec6730f6d4b85d5586c9eaa6e75a6885b34bfca572be03126a9179719fe com.fasterxml.jackson.module:jackson-module-scala_2.12:2.15.2
e234c9ccbe9e36e19cc36c633d15f4a461f1bdc985d66662a2abbaa89859e522 com.github.luben:zstd-jni:1.5.5-4
bec0b24dcb23f9670172724826584802b80ae6cbdaba03bdebdef9327b962f6a com.google.code.findbugs:jsr305:3.0.0
688cb118a6021d819138e855208c956031688be4b47a24bb615becc63acedf07 com.thoughtworks.paranamer:paranamer:2.8
5cb5db46112699e6de681dedc0c1d0b300f5ccc2c0921b6bb3e4dba2e66c6fe6 com.twitter:chill_2.12:0.10.0
ec87bfb55f22cbd1b21e2190eeda28b2b312ed2a431ee49fbdcc01812d04a5e4 commons-codec:commons-codec:1.16.1
f41f7baacd716896447ace9758621f62c1c6b0a91d89acee488da26fc477c84f commons-io:commons-io:2.16.1
70903f6fc82e9908c8da9f20443f61d90f0870a312642991fe8462a0b9391784 commons-logging:commons-logging:1.1.3
fa967bc2b37c8bff5bc377e60e439504fd9df5d335c7a42b37212403250023df io.dropwizard.metrics:metrics-core:4.2.19
cfbccdfd8fc073dbbd47ae734785c0a2a12a00c0c3903549719fc416e8b646c6 io.dropwizard.metrics:metrics-json:4.2.19
1dee6f5b4aa485339d49525ec3689463f724785fc35e7db02f9e46cbdecbe335 io.netty:netty-buffer:4.1.96.Final
07305d3e565fc01da310f1c8ea7935c08e42ff1977590f2d44fc1305cb470d60 io.netty:netty-codec:4.1.96.Final
da104e80db830922eaf860eb1c5e957cd1d124068253d02e9c7a7843bc66427a io.netty:netty-common:4.1.96.Final
574ebef95a16053246ab692773d75d8bd7907b709e1083a096fa6ab2a6d6c2b3 io.netty:netty-handler:4.1.96.Final
8fe3afbe8b094a7b9f1eb27becf1cf017e5572343c1744d2b6040d5f331e84e3 io.netty:netty-transport:4.1.96.Final
6d93010ca93301383c5ca960d55611a5c91798da1efb0f1fe9356f27831bf499 jakarta.servlet:jakarta.servlet-api:4.0.3
131a6594969bc4f321d652ea2a33bc0e378ca312685ef87791b2c60b29d01ea5 org.antlr:antlr4-runtime:4.9.3
25e23b9762ddce71fb9876a1794056a7dfc64f453c608763160fcc1852c62c3f org.apache.arrow:arrow-memory-core:12.0.1
0ca927fb749772077d488a901ec977ff9428a6836a053b12b470adf822b1fd72 org.apache.arrow:arrow-vector:12.0.1
1df8b9430b5c8ed143d7815e403e33ef5371b2400aadbe9bda0883762e0846d1 org.apache.commons:commons-collections4:4.4
d919d904486c037f8d193412da0c92e22a9fa24230b9d67a57855c5c31c7e94e org.apache.commons:commons-lang3:3.12.0
770cd903fa7b604d1f7ef7ba17f84108667294b2b478be8ed1af3bffb4ae0018 org.apache.commons:commons-text:1.10.0
01334a07e179cae2b7e251f24857f11e3759108c9d6a79dcbe362a4295227da2 org.apache.hadoop:hadoop-aws:3.4.1
a964d4daa054c9615bbafb4553efbb140fa7fb9ac6f358a24393f183a5703438 org.apache.hadoop:hadoop-client-api:3.4.1
f6a800a159f918670db533606d33560d6c13b7e13f14eda493280ae33b9eeb2f org.apache.hadoop:hadoop-client-runtime:3.4.1
172370cfc32a5f1ae5399b210e86fc04a366dc29a112d97ac8ffc74df7525596 org.apache.iceberg:iceberg-aws-bundle:1.10.0
70f9471870b2d456167d703c829f098a446b86bb1379eee338c0efa03a341026 org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.0
89d761af83de7e08e3c1916bc757242cedbbc1f38fb76fd13f89ef36b2671a45 org.apache.logging.log4j:log4j-1.2-api:2.20.0
2f43eea679ea66f14ca0f13fec2a8600ac124f5a5231dcb4df8393eddcb97550 org.apache.logging.log4j:log4j-api:2.20.0
b8dd3e4ea9cffa18db5f301cd8c539158662e691efd4701aa87b4d09961bd8b0 org.apache.logging.log4j:log4j-slf4j2-impl:2.20.0
f60f9d248fe44a8cb41583edf5149772cd3383596dac9879dcf58c15a4efe766 org.apache.spark:spark-catalyst_2.12:3.5.8
6a786edc50f84fe99adf0d4213cddc5ab22afda195c9259ac12d7e9e470b91bc org.apache.spark:spark-common-utils_2.12:3.5.8
e6b3abf5bb04b969f0fe1f47e647fc45a79f0740ee98c31f5fb4bedc633cf74c org.apache.spark:spark-core_2.12:3.5.8
549f37a3b0bdd354eabe67be614807425db4938d21a77fec1c9e6ba8ef22df8b org.apache.spark:spark-kvstore_2.12:3.5.8
47de283a6103b861d419a0106547dc588a5c65c5672e39ca1b5b8020dadd9a0a org.apache.spark:spark-launcher_2.12:3.5.8
1692f886b0cd336f34bff8aca29e402decbf0979895b52822c39371937301ca0 org.apache.spark:spark-network-common_2.12:3.5.8
3f029323acbe14cd2ca101215d0477e532b00b91fcb059cca8e000f1e7dbd425 org.apache.spark:spark-network-shuffle_2.12:3.5.8
2c81f30682ccd532b24c972937f7e9d729c988b8742a16ea1a33e8ee9d3c2851 org.apache.spark:spark-sql-api_2.12:3.5.8
22d8213330f99ddf14585444eedce45513f7f0cca19c651e33d70b970701ca73 org.apache.spark:spark-sql_2.12:3.5.8
0090c7b0d040a8c0a93f0a1a092c6f6b2fbc8a2f7f884029de7a032f880eaae5 org.apache.spark:spark-tags_2.12:3.5.8
b6e5abadb22bdc55cb2029d36b410d1429c1a6521ca27b820ff4061a292a7470 org.apache.spark:spark-unsafe_2.12:3.5.8
0a9f790cd4759b7fb83fb6872504c73d669f72e731d9681f3e2da7ed3232c467 org.apache.xbean:xbean-asm9-shaded:4.23
d988a3ebc17188e9a1a3efadd8e958b90eb995c4fcc077292a5dfe5fe1109d25 org.codehaus.janino:commons-compiler:3.1.9
7df88d90aa165ab48bdebea425fa009eeef04918c82e98cdbea5e747e114508d org.codehaus.janino:janino:3.1.9
f9388c0ad4a969bf1a1867e85ce24ed87ca5a1095342b96b35c356fd971b544d org.json4s:json4s-ast_2.12:3.7.0-M11
2fd8e66a3715565294c4edb5d2514e7ff59a14960c7f8dd84cf0991661a48a10 org.json4s:json4s-core_2.12:3.7.0-M11
d74a3334fb35195009b338a951f918203d6bbca3d1d359033dc33edd1cadc9ef org.lz4:lz4-java:1.8.0
f3a88f1684b6a1622c1f4f4dbaac4f9fdb7d640e2abf37469a0a2d01a9ea1932 org.roaringbitmap:RoaringBitmap:0.9.45
fb68864a0248af0979d45921869eb1230b5926aa61e5c0a8737c3f73ae582e92 org.scala-lang.modules:scala-collection-compat_2.12:2.7.0
d9a6df43cfac692f05e7166d39aae4476a246dac7740c7794a3072f1a67280ce org.scala-lang.modules:scala-xml_2.12:2.1.0
e51e6636c003359e106bea4ad99def70e613c290190c8c84f10f9560dd5b00ae org.scala-lang:scala-library:2.12.18
d6a24e175246541ffcbc965a231aa1d3bb01d61def196f91495690fabf9783bc org.scala-lang:scala-reflect:2.12.18
41806757e1d26dae5d6db2ca7d4a5176eed2d6e709cd86564d4a11dab0601742 org.slf4j:jcl-over-slf4j:2.0.7
eaba65483bb38c93e68d557a19e5738962322de1946545dbf40e5e32f6293008 org.slf4j:jul-to-slf4j:2.0.7
5d6298b93a1905c32cda6478808ac14c2d4a47e91535e53c41f7feeb85d946f4 org.slf4j:slf4j-api:2.0.7
0f3f1857ed33116583f480b4df5c0218836c47bfbc9c6221c0d73f356decf37b org.xerial.snappy:snappy-java:1.1.10.5
bebdf9c498828b8b07117887bf5fb9caa380a67f8406fa7598469e9b5c54cc43 software.amazon.awssdk:s3-transfer-manager:2.33.0
`;

/** The jars, each with its checksum. */
export const SPARK_JARS: readonly Jar[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [sha256, coordinates] = line.split(' ');
    return { coordinates, sha256 };
  });
