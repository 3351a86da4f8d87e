// Signs calls with what the AWS SDK for JavaScript finds by itself, and prints who it is each time. After the first call the
// token file is replaced by NEXT_TOKEN, where that is set; then it calls until it is somebody else, for this SDK refreshes
// beside its calls and not before them.
const { renameSync } = require("node:fs");
const { setTimeout: pause } = require("node:timers/promises");
const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");

async function main() {
  const client = new STSClient({});
  const who = async () => {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    console.log(Arn);
    return Arn;
  };
  const first = await who();
  const next = process.env.NEXT_TOKEN;
  if (next) renameSync(next, process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE);
  for (let calls = 2; calls <= 100; calls += 1) {
    const now = await who();
    if (calls >= 3 && (!next || now !== first)) return;
    await pause(50);
  }
  throw new Error("still the same after 100 calls");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
