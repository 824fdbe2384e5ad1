// Verifies webhooks with the npm package `standardwebhooks`. Each line of the input is JSON:
// {"secret", "headers", "body" (text)}; prints "verified" or why not, a line each.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    new Webhook(secret).verify(body, headers);
    console.log("verified");
  } catch (error) {
    console.log(error.message);
  }
}
