// Gradio's own client for JavaScript, as its bundle has it, on Node:
//     node gradio_client.mjs BUNDLE URL
// Prints one JSON object, with what each job was told.

const [bundle, url] = process.argv.slice(2);
const { GradioClient } = await import(bundle);
const client = await GradioClient.connect(url, { events: ["data", "status", "log"] });

/// What a job says until its end.
async function told(job, heard = () => {}) {
  const all = { data: [], stages: [], ranks: [], etas: [], logs: [], progress: [], message: null };
  for await (const event of job) {
    if (event.type === "data") all.data.push(structuredClone(event.data));
    if (event.type === "log") all.logs.push(event.log);
    if (event.type === "status") {
      all.stages.push(event.stage);
      if (event.position !== undefined && event.position !== null) all.ranks.push(event.position);
      if (event.eta) all.etas.push(event.eta);
      if (event.progress_data) all.progress.push(...event.progress_data.map((unit) => unit.desc));
      if (event.stage === "error") all.message = event.message;
    }
    heard(event);
  }
  return all;
}

/// Returns when a job was told of a stage, and goes on to hear it.
function hearing(job, is) {
  let result;
  const begun = new Promise((resolve) => {
    result = told(job, (event) => event.type === "status" && is(event) && resolve());
  });
  return { begun, result };
}

const out = {};
out.byPlace = (await client.predict("/add", [1, 2, 3])).data;
out.byName = (await client.predict("/add", { a: 1, c: 2 })).data;
out.generator = await told(client.submit("/spell", ["Bücher 📚"]));
out.grown = await told(client.submit("/count", [20]));
out.error = await told(client.submit("/fail", ["no such luck"]));

const other = client.submit("/slow", [0.6]);
const first = hearing(other, (event) => event.progress_data);
await first.begun;
const called = client.submit("/slow", [20]);
const second = hearing(called, (event) => event.position === 0);
await second.begun;
await called.cancel();
out.cancelled = await second.result;
out.unharmed = await first.result;

const numbers = Array.from({ length: 200 }, (_, number) => number);
const many = await Promise.all(numbers.map((number) => client.predict("/echo", [[number]])));
out.many = many.map((answer) => answer.data[0][0][0]);

/// Waits until so many run and wait, by what the gateway says: what a job hears comes later.
async function narrowHas(running, waiting) {
  for (;;) {
    const told = await (await fetch(`${url}/v1/functions/narrow`)).json();
    if (told.running === running && told.waiting === waiting) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const running = told(client.submit("/narrow", [8]));
await narrowHas(1, 0);
const waiting = told(client.submit("/narrow", [0]));
await narrowHas(1, 1);
out.full = await told(client.submit("/narrow", [0]));
out.narrow = [(await running).data, (await waiting).data];

console.log(JSON.stringify(out));
process.exit(0);
