// Follows a stream with the npm package `eventsource` and prints each event as a line of JSON.
// Usage: node follow.mjs URL EVENT...; ends after the event `bye.bye`.
import { EventSource } from "eventsource";

const [url, ...events] = process.argv.slice(2);
const token = process.env.TOCSIN_TOKEN;
const source = new EventSource(url, {
  fetch: (input, init) =>
    fetch(input, {
      ...init,
      headers: token ? { ...init.headers, Authorization: `Bearer ${token}` } : init.headers,
    }),
});
// The package does not keep the process alive while it waits to reconnect.
setInterval(() => {}, 1000);
source.onopen = () => console.log(JSON.stringify({ event: "open" }));
for (const event of events) {
  source.addEventListener(event, ({ data, lastEventId }) => {
    console.log(JSON.stringify({ event, id: lastEventId, data: JSON.parse(data) }));
    if (event === "bye.bye") process.exit();
  });
}
