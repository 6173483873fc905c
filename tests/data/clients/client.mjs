// Node's own clients as they are: `node client.mjs URL TOKEN PATH BODY` creates by fetch and by http; prints the statuses.
import http from "node:http";

const [url, token, path, body] = process.argv.slice(2);
const headers = { Authorization: token, "LD-API-Version": "beta", "Content-Type": "application/json" };

console.log((await fetch(url + path, { method: "POST", headers, body })).status);
console.log(
  await new Promise((resolve, reject) => {
    const request = http.request(url + path, { method: "POST", headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    request.on("error", reject).end(body); // no length: the body is sent in one chunk
  }),
);
