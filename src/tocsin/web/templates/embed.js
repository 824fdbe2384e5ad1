/* The state of a status page, live, on any other page:
     <script async src="https://STATUS/embed.js"></script>
   `?component=ID` shows one component. data-target="SELECTOR" says where; without it, here.
   It stores nothing and tells nobody anything; its styles stay in its shadow. */
(script, { name, url, live, words, waiting }) => {
  const make = (tag, given) => Object.assign(document.createElement(tag), given);
  const link = (textContent, href) => make("a", { textContent, href, target: "_blank", rel: "noopener" });

  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { display: inline-block; vertical-align: top; font: inherit; color: inherit; text-align: start }
    a { color: inherit; text-decoration: none }
    a:hover, a:focus-visible { text-decoration: underline }
    .mark { display: inline-block; width: .7em; height: .7em; margin-inline-end: .5em; background: #7a828e }
    .operational .mark { background: #2a9455; border-radius: 50% }
    .degraded .mark { background: #b97400; clip-path: polygon(50% 0, 100% 100%, 0 100%) }
    .outage .mark { background: #d93f34 }
    .stale { opacity: .6 }
    ul { list-style: none; margin: .25em 0 0; padding: 0 0 0 1.2em; font-size: .875em }
    ul:empty { display: none }`);
  const host = make("div");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [style];
  const box = make("div");
  const line = make("div", { role: "status" });
  const answer = link("", `${url}/`);
  const list = make("ul");
  line.append(make("span", { className: "mark", ariaHidden: "true" }), answer);
  box.append(line, list);
  root.append(box);

  let state;
  let issues = new Map();
  const show = (stale) => {
    box.className = `${state ?? ""} ${stale ? "stale" : ""}`;
    box.title = stale ? waiting : "";
    const text = `${name}: ${words[state] ?? waiting}`;
    if (answer.textContent !== text) answer.textContent = text;
    const standing = [...issues.values()].filter((issue) => issue.standing);
    standing.sort((one, other) => other.created_at - one.created_at);
    list.replaceChildren(...standing.slice(0, 3).map((issue) => {
      const item = make("li");
      item.append(link(issue.title, `${url}/issues/${issue.id}`));
      return item;
    }));
  };

  /* What each event says of the issues; all of them say the state. */
  const takes = {
    init_event: (told) => { issues = new Map(told.issues.map((issue) => [issue.id, issue])); },
    status_event: () => {},
    issue_event: ({ issue }) => {
      if (!issue.standing && issues.get(issue.id)?.standing) issues.delete(issue.id);
      else issues.set(issue.id, issue);
    },
    update_event: ({ update }) => {
      if (["resolved", "cancelled"].includes(update.label)) issues.delete(update.issue_id);
    },
  };

  const stream = new URL(live, script.src);
  stream.search = new URL(script.src).search;
  let source;
  let timer;
  let delay = 1000;
  const stop = () => {
    clearTimeout(timer);
    source?.close();
  };
  const follow = () => {
    stop();
    source = new EventSource(stream);
    for (const [event, take] of Object.entries(takes)) {
      source.addEventListener(event, ({ data }) => {
        const told = JSON.parse(data);
        delay = 1000;
        state = told.state;
        take(told);
        show(false);
      });
    }
    source.onerror = () => {
      show(true);
      if (source.readyState !== EventSource.CLOSED) return; /* it comes back by itself */
      timer = setTimeout(follow, delay * (1 + Math.random()) / 2);
      delay = Math.min(2 * delay, 60000);
    };
  };

  /* A browser allows six connections to a host: tabs that nobody sees give theirs back. */
  const attend = () => (document.hidden ? stop() : follow());
  const place = () => {
    const where = script.dataset.target && document.querySelector(script.dataset.target);
    if (where) where.append(host);
    else if (script.closest("head")) document.body.append(host);
    else script.after(host);
    show(true);
    attend();
    document.addEventListener("visibilitychange", attend);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", place);
  else place();
}
