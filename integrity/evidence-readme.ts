/** The README of evidence: what its files are, what they prove, and the commands that prove it. */
import type { ByteRange } from '../cloudtrail/decoder/read-context.js';
import { shellQuote } from '../text/shell-quote.js';

/** The values in the README. Names are printable. */
interface ReadmeValues {
  event: string;
  /** `bucket/key`. */
  log: string;
  digest: string;
  /** The period of the digest, ISO 8601. */
  start: string;
  end: string;
  /** Of the record in log.json. */
  record: ByteRange;
  /** Offset of the log file's hash in digest.json. */
  hashAt: number;
  /** SHA-256 of public-key.pem, hex. */
  keyHash: string;
  fingerprint: string;
  region: string;
}

/** Returns the README. Its first two blocks of `sh` are the commands. */
export function evidenceReadme(values: ReadmeValues): string {
  const { event, log, digest, start, end, record, hashAt, keyHash, fingerprint, region } = values;
  const size = record.to - record.from;
  return `# Evidence of the CloudTrail event ${event}

These files prove that AWS CloudTrail delivered the record in \`record.json\` exactly as it is here.
Neither Trailmill, which collected them, nor access to AWS is needed to check them.

| file | what it is |
|---|---|
| \`record.json\` | the record, byte for byte as in the log file |
| \`log.json\` | the log file, uncompressed: \`s3://${log}\` |
| \`digest.json\` | the digest that lists the log file, uncompressed: \`s3://${digest}\` |
| \`signed.txt\` | the text that CloudTrail signed for this digest: the end of its period, its location, its SHA-256, and the signature of the digest before it |
| \`signature.bin\` | the signature: RSASSA-PKCS1-v1_5 with SHA-256 |
| \`public-key.pem\` | the public key of the signature |

## Check

In this directory, in any POSIX shell with OpenSSL and \`sha256sum\`. First the signature, which must be \`Verified OK\`:

\`\`\`sh
openssl dgst -sha256 -verify public-key.pem -signature signature.bin signed.txt
\`\`\`

Then the files. There must be four lines, all of them \`OK\`:

\`\`\`sh
{ printf '%s  digest.json\\n' "$(sed -n 3p signed.txt)"
  printf '%s  log.json\\n' "$(tail -c +${hashAt + 1} digest.json | head -c 64)"
  printf '%s  record.json\\n' "$(tail -c +${record.from + 1} log.json | head -c ${size} | sha256sum | head -c 64)"
  printf '%s  public-key.pem\\n' ${keyHash}
} | sha256sum -c
\`\`\`

Both end with exit status 0. If any byte of a file is different, at least one of them does not.

## What is proven

1. The owner of the key signed \`signed.txt\`. Its third line is the SHA-256 of \`digest.json\`.
2. In \`digest.json\`, the 64 characters at byte ${hashAt} (counted from 0) are the \`hashValue\` of this log file: the SHA-256 of \`log.json\`.
3. In \`log.json\`, the ${size} bytes from byte ${record.from} are \`record.json\`.

It remains to check that the key belongs to AWS. Its fingerprint is \`${fingerprint}\`. Ask CloudTrail, with any AWS account:

\`\`\`sh
aws cloudtrail list-public-keys --region ${shellQuote(region)} --start-time ${start} --end-time ${end} --output text --query "PublicKeyList[?Fingerprint=='${fingerprint}'].Value"
openssl rsa -pubin -in public-key.pem -RSAPublicKey_out -outform DER | openssl base64 -A
\`\`\`

Both must print the same text. Without this comparison, someone could have signed other files with another key and written
another README. These files do not prove that no other event is missing: \`trailmill verify\` checks whole days for that.
`;
}
