// Read memberships from a Redis store with LaunchDarkly's SDK for Node: read.mjs PORT HASH…; prints JSON.
import { RedisBigSegmentStore } from "@launchdarkly/node-server-sdk-redis";

const [port, ...hashes] = process.argv.slice(2);
const store = RedisBigSegmentStore({ redisOpts: { host: "127.0.0.1", port: Number(port) } })({ basicConfiguration: {} });
const memberships = [];
for (const hash of hashes) memberships.push((await store.getUserMembership(hash)) ?? null);
console.log(JSON.stringify({ metadata: await store.getMetadata(), memberships }));
store.close();
