// The live page. It reads one stream of snapshots and draws them; what it shows was said by
// workers and clients, and becomes text, never markup.
"use strict";

const SAMPLES = 120; // seconds of a queue's graph
const RECENT = 60; // seconds that count as recent outcomes
const SILENCE = 6000; // milliseconds after which a stream that says nothing is given up
const RETRY = 2000;

const queues = new Map(); // by name: its card and its past
let counted = []; // outcomes of the last minute, oldest first
let instance = null;

// MARK: Elements

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

const at = (id) => document.getElementById(id);

function facts(pairs) {
  return pairs
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) =>
      element("div", "", element("dt", "", name), element("dd", "", value)));
}

function table(columns, rows) {
  const head = element("tr", "", ...columns.map(([title, kind]) => {
    const cell = element("th", kind, title);
    cell.scope = "col";
    return cell;
  }));
  const body = rows.map((row) =>
    element("tr", "", ...row.map((cell, place) => {
      const [value, kind] = Array.isArray(cell) ? cell : [cell, ""];
      const made = element("td", `${columns[place][1]} ${kind}`.trim(), value);
      if (columns[place][1] === "name") made.title = String(value);
      return made;
    })));
  return element("table", "", element("thead", "", head), element("tbody", "", ...body));
}

function show(id, rows, empty, columns, leftOut) {
  const parts = rows.length
    ? [table(columns, rows)] : [element("p", "empty", empty)];
  if (leftOut > 0) parts.push(element("p", "empty", `and ${leftOut} more`));
  at(id).replaceChildren(...parts);
}

// MARK: Words

function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86400) {
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  }
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

function bytes(count) {
  if (count === null || count === undefined) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let [value, unit] = [Math.abs(count), 0];
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const rounded = unit && value < 100 ? value.toFixed(1) : Math.round(value);
  return `${count < 0 ? "−" : ""}${rounded} ${units[unit]}`;
}

const rate = (value) => (value >= 10 ? value.toFixed(0) : value.toFixed(1));

function badge(word, kind) {
  return element("span", `badge ${kind}`, word);
}

const holdBadge = (hold) => badge(hold, hold === "running" ? "good" : "held");

// MARK: Queues

function queueCard(name) {
  const card = element("article", "card");
  card.dataset.queue = name;
  const parts = {
    card,
    hold: element("span", ""),
    waiting: element("b", ""),
    running: element("b", ""),
    facts: element("dl", ""),
    graph: element("canvas", ""),
    note: element("p", "note"),
    past: [],
  };
  const figure = (value, word) =>
    element("div", `figure ${word}`, value, element("span", "", word));
  parts.graph.setAttribute("role", "img");
  parts.note.hidden = true;
  card.append(
    element("div", "title", element("h3", "", name), parts.hold),
    element("div", "figures", figure(parts.waiting, "waiting"), figure(parts.running, "running")),
    parts.graph, parts.facts, parts.note);
  return parts;
}

function showQueue(queue, mayChange) {
  const name = queue.concurrency_id;
  if (!queues.has(name)) queues.set(name, queueCard(name));
  const parts = queues.get(name);
  const limit = queue.concurrency_limit;
  parts.hold.replaceChildren(holdBadge(queue.hold));
  parts.waiting.textContent = queue.waiting;
  parts.running.replaceChildren(
    String(queue.running), element("small", "", ` / ${limit === null ? "∞" : limit}`));
  parts.facts.replaceChildren(...facts([
    ["in", `${rate(queue.admitted_per_second)}/s`],
    ["begun", `${rate(queue.started_per_second)}/s`],
    ["wait p50", queue.wait_p50_seconds === null ? null : duration(queue.wait_p50_seconds)],
    ["p99", queue.wait_p99_seconds === null ? null : duration(queue.wait_p99_seconds)],
    ["oldest", queue.oldest_waiting_seconds === null
      ? null : duration(queue.oldest_waiting_seconds)],
  ]));
  const notes = [queue.reason, queue.warning].filter(Boolean);
  if (parts.said) notes.push(parts.said);
  parts.note.textContent = notes.join(" · ");
  parts.note.hidden = notes.length === 0;
  parts.past.push([queue.waiting, queue.running]);
  if (parts.past.length > SAMPLES) parts.past.shift();
  parts.graph.setAttribute(
    "aria-label", `${queue.waiting} waiting, ${queue.running} running; the last two minutes`);
  if (mayChange) offerChanges(parts, queue);
  return parts;
}

function draw(parts, limit) {
  const canvas = parts.graph;
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width) return;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const colours = getComputedStyle(document.documentElement);
  const colour = (name) => colours.getPropertyValue(name).trim();
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const past = parts.past;
  const peak = Math.max(...past.flat());
  const top = Math.max(4, limit === null ? 0 : Math.min(limit, 64), peak) * 1.25;
  const x = (place) => width - (past.length - 1 - place) * (width / (SAMPLES - 1));
  const y = (value) => height - 1.5 - (value / top) * (height - 4);

  pen.strokeStyle = colour("--line");
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(0, height - 0.5);
  pen.lineTo(width, height - 0.5);
  pen.stroke();
  if (limit !== null && limit <= top) {
    pen.setLineDash([3, 4]);
    pen.strokeStyle = colour("--faint");
    pen.beginPath();
    pen.moveTo(0, y(limit));
    pen.lineTo(width, y(limit));
    pen.stroke();
    pen.setLineDash([]);
  }
  const line = (which, name, isFilled) => {
    pen.beginPath();
    past.forEach((sample, place) => pen.lineTo(x(place), y(sample[which])));
    pen.strokeStyle = colour(name);
    pen.lineWidth = 1.75;
    pen.lineJoin = "round";
    pen.stroke();
    if (!isFilled) return;
    pen.lineTo(x(past.length - 1), height);
    pen.lineTo(x(0), height);
    pen.globalAlpha = 0.18;
    pen.fillStyle = colour(name);
    pen.fill();
    pen.globalAlpha = 1;
  };
  line(0, "--waiting", true);
  line(1, "--running", false);
  if (peak === 0) return;
  // The height of the graph, in numbers: its highest point, where it is.
  const place = past.findLastIndex((sample) => Math.max(...sample) === peak);
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = colour("--faint");
  pen.textAlign = x(place) > width / 2 ? "right" : "left";
  pen.fillText(String(peak), x(place), y(peak) - 4);
}

function showQueues(snapshot) {
  const shown = snapshot.queues.map((queue) => showQueue(queue, snapshot.allows_changes));
  const names = new Set(snapshot.queues.map((queue) => queue.concurrency_id));
  for (const name of queues.keys()) if (!names.has(name)) queues.delete(name);
  const cards = shown.map((parts) => parts.card);
  if (!cards.length) cards.push(element("p", "empty", "No worker has declared a function yet."));
  const more = snapshot.left_out.queues;
  if (more > 0) cards.push(element("p", "empty", `and ${more} more`));
  const place = at("queues");
  // Moved only where they are others: what has the focus keeps it.
  const same = place.children.length === cards.length
    && cards.every((card, index) => place.children[index] === card);
  if (!same) place.replaceChildren(...cards);
  snapshot.queues.forEach((queue, index) => draw(shown[index], queue.concurrency_limit));
}

// MARK: Changes

function offerChanges(parts, queue) {
  if (!parts.changes) {
    const name = queue.concurrency_id;
    const hold = element("button", "");
    const limit = element("input", "");
    const set = element("button", "", "Set");
    limit.type = "number";
    limit.min = "0";
    limit.setAttribute("aria-label", `Limit of ${name}`);
    hold.addEventListener("click", () =>
      change(parts, { action: parts.isRunning ? "pause" : "resume", queue: name }));
    set.addEventListener("click", () => {
      if (limit.value === "") return;
      change(parts, { action: "limit", queue: name, limit: Number(limit.value) });
      limit.value = "";
    });
    parts.changes = { hold, limit };
    parts.card.append(
      element("div", "changes", hold, element("label", "", "limit ", limit), set));
  }
  parts.isRunning = queue.hold === "running";
  parts.changes.hold.textContent = parts.isRunning ? "Pause" : "Resume";
  parts.changes.limit.placeholder =
    queue.concurrency_limit === null ? "none" : queue.concurrency_limit;
}

async function change(parts, action) {
  try {
    const response = await fetch("page/actions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(action),
    });
    parts.said = response.ok ? null : await reason(response);
  } catch {
    parts.said = "the gateway does not answer";
  }
}

// MARK: The rest

function showDevices(snapshot) {
  const cards = snapshot.devices.map((device) => {
    const total = device.memory_total_bytes;
    const share = (part) => (total ? Math.min(100, Math.max(0, (part / total) * 100)) : 0);
    const bar = element("div", "bar");
    for (const [name, part] of [
      ["held", device.memory_held_bytes], ["foreign", device.memory_foreign_bytes],
    ]) {
      const piece = element("i", name);
      piece.style.width = `${share(part)}%`;
      bar.append(piece);
    }
    const key = (name, word) => element("span", `key ${name}`, word);
    const state = badge(
      device.state,
      device.state === "usable" ? "good" : device.state === "lost" ? "bad" : "held");
    const notes = device.cordons.map((cordon) => `${cordon.kind}: ${cordon.reason}`);
    const card = element(
      "article", "card",
      element("div", "title", element("h3", "", device.device), state),
      element("p", "note", device.model || device.kind),
      ...(total ? [bar] : []),
      element("dl", "", ...facts([
        [key("held", "workers"), bytes(device.memory_held_bytes)],
        [key("foreign", "others"), bytes(device.memory_foreign_bytes)],
        [key("", "free"), total ? bytes(device.memory_free_bytes) : null],
        ["of", total ? bytes(total) : null],
        ["busy", device.utilisation === null ? null : `${device.utilisation} %`],
        ["heat", device.temperature === null ? null : `${device.temperature} °C`],
        ["batches", device.running],
      ])));
    if (notes.length) card.append(element("p", "note", notes.join(" · ")));
    return card;
  });
  if (!cards.length) {
    cards.push(element("p", "empty", "The daemon found none and was told of none."));
  }
  const more = snapshot.left_out.devices;
  if (more > 0) cards.push(element("p", "empty", `and ${more} more`));
  at("devices").replaceChildren(...cards);
}

function showRequests(snapshot) {
  show(
    "requests",
    snapshot.requests.map((request) => [
      request.rank, request.function, request.concurrency_id,
      duration(request.waiting_seconds),
      request.eta ? duration(request.eta.p50_seconds) : "–",
      request.eta ? duration(request.eta.p90_seconds) : "–",
      request.id,
    ]),
    "Nothing waits.",
    [["Rank", "number"], ["Function", "name"], ["Queue", "name"], ["Waits", "number"],
      ["ETA", "number"], ["9 of 10", "number"], ["Request", "number"]],
    snapshot.left_out.requests);
}

function showFunctions(snapshot) {
  const now = new Map(snapshot.functions.map((item) => [item.function, item.outcomes]));
  counted.push(now);
  if (counted.length > RECENT + 1) counted.shift();
  const before = counted[0];
  const recent = (item, isCounted) => {
    const earlier = before.get(item.function) || {};
    return Object.entries(item.outcomes)
      .filter(([code]) => isCounted(code))
      .reduce((sum, [code, count]) => sum + count - (earlier[code] || 0), 0);
  };
  show(
    "functions",
    snapshot.functions.map((item) => {
      const troubles = recent(item, (code) => code !== "ok");
      const all = Object.entries(item.outcomes)
        .sort((a, b) => b[1] - a[1])
        .map(([code, count]) => `${count} ${code}`);
      if (item.worker_deaths) all.push(`${item.worker_deaths} workers died`);
      return [
        item.function, holdBadge(item.hold), item.workers, item.waiting, item.running,
        recent(item, (code) => code === "ok"), [troubles, troubles ? "bad" : ""],
        all.join(", ") || "none yet",
      ];
    }),
    "No worker has declared a function yet.",
    [["Function", "name"], ["State", ""], ["Workers", "number"], ["Waiting", "number"],
      ["Batches", "number"], ["ok, last min", "number"], ["not ok", "number"],
      ["Since the start", ""]],
    snapshot.left_out.functions);
  const refused = Object.entries(snapshot.refusals)
    .sort((a, b) => b[1] - a[1])
    .map(([code, count]) => `${count} ${code}`);
  if (refused.length) {
    at("functions").append(element("p", "empty", `Refused since the start: ${refused.join(", ")}`));
  }
}

function showWorkers(snapshot) {
  const kinds = { idle: "", busy: "good", hung: "bad", draining: "held" };
  show(
    "workers",
    snapshot.workers.map((worker) => [
      worker.name || `worker ${worker.id}`, worker.pid,
      badge(worker.hold === "paused" ? "paused" : worker.state, kinds[worker.state]),
      `${worker.busy} / ${worker.slots}`, worker.devices.join(", ") || "–",
      duration(worker.attached_seconds), worker.functions.join(", "),
    ]),
    "No worker is attached.",
    [["Worker", "name"], ["Process", "number"], ["State", ""], ["Slots", "number"],
      ["Devices", ""], ["Attached for", "number"], ["Functions", "name"]],
    snapshot.left_out.workers);
}

function showDaemon(daemon) {
  const waits = daemon.reclaiming_seconds !== null;
  at("state").textContent = waits ? "taking back what ran" : daemon.hold;
  at("state").className = `badge ${daemon.hold === "running" && !waits ? "good" : "held"}`;
  at("facts").replaceChildren(...facts([
    ["waiting", daemon.waiting],
    ["running", daemon.max_running === null
      ? daemon.running : `${daemon.running} / ${daemon.max_running}`],
    ["workers", daemon.workers_hung
      ? `${daemon.workers}, ${daemon.workers_hung} hung` : daemon.workers],
    ["clients", daemon.clients],
    ["up", duration(daemon.uptime_seconds)],
    ["version", daemon.version],
  ]));
}

function display(snapshot) {
  if (snapshot.away) return explain("daemon away", snapshot.away.message || snapshot.away.code);
  if (snapshot.daemon.instance !== instance) {
    // Another daemon counts from zero.
    instance = snapshot.daemon.instance;
    counted = [];
  }
  at("trouble").hidden = true;
  at("shown").classList.remove("stale");
  showDaemon(snapshot.daemon);
  showQueues(snapshot);
  showDevices(snapshot);
  showRequests(snapshot);
  showFunctions(snapshot);
  showWorkers(snapshot);
}

function explain(word, message) {
  at("state").textContent = word;
  at("state").className = "badge bad";
  at("trouble").textContent = message;
  at("trouble").hidden = false;
  at("shown").classList.add("stale");
}

// MARK: The stream

async function reason(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return `the gateway answered with status ${response.status}`;
  }
}

/// Reads until the stream ends, is silent for too long, or nobody looks.
async function watch(controller) {
  let silence = setTimeout(() => controller.abort(), SILENCE);
  try {
    const response = await fetch("page/events", { signal: controller.signal, cache: "no-store" });
    if (!response.ok) return explain("not shown", await reason(response));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      clearTimeout(silence);
      silence = setTimeout(() => controller.abort(), SILENCE);
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        const data = event.split("\n").find((line) => line.startsWith("data: "));
        if (data) display(JSON.parse(data.slice(6)));
      }
    }
  } catch {
    // Told below, like an end.
  } finally {
    clearTimeout(silence);
  }
  if (!document.hidden) explain("gateway away", "The gateway does not answer. Trying again.");
}

let watching = null;

function look() {
  if (document.hidden || watching) return;
  watching = new AbortController();
  watch(watching).finally(() => {
    watching = null;
    setTimeout(look, document.hidden ? 0 : RETRY);
  });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden && watching) watching.abort();
  look();
});
look();
