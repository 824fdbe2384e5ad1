// Reads a status page with the npm package `statuspage.io` and prints what it got as JSON.
// Usage: node statuspage.mjs URL
import { Statuspage } from "statuspage.io";

const page = new Statuspage("unused");
page.setApiUrl(process.argv[2]);
const { api } = page;
console.log(
  JSON.stringify({
    summary: await api.getSummary(),
    status: await api.getStatus(),
    components: await api.getComponents(),
    incidents: await api.incidents.getAll(),
    unresolved: await api.incidents.getUnresolved(),
    upcoming: await api.scheduledMaintenances.getUpcoming(),
  }),
);
