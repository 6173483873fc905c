// Drives the official npm client: one JSON object a line on stdin says what to call, one on stdout what came of it.
// {"url", "token", "call", "arguments"} → {"status", "data"}, or {"error"} where the client itself failed.
const readline = require("node:readline");
const { Configuration, PersistentStoreIntegrationsBetaApi } = require("launchdarkly-api-typescript");

async function answer({ url, token, call, arguments: given }) {
  const configuration = new Configuration({
    apiKey: token,
    basePath: url,
    baseOptions: { headers: { "LD-API-Version": "beta" } },
  });
  try {
    const { status, data } = await new PersistentStoreIntegrationsBetaApi(configuration)[call](...given);
    return { status, data };
  } catch (error) {
    if (error.response) return { status: error.response.status, data: error.response.data };
    return { error: String(error.message) };
  }
}

const lines = readline.createInterface({ input: process.stdin });
(async () => {
  for await (const line of lines) console.log(JSON.stringify(await answer(JSON.parse(line))));
})();
