// The controls of lesson 6's camera: the answers, and the corrections that the network is trained on.

const LARGEST_FILE = 8e6; // bytes; Jupyter ends the connection at a message of 10 MB
const STEADY = 1000; // ms that an answer has to last before a screen reader is told

// --- the controls --------------------------------------------------------------------------------

function render({ model, el }) {
  const spec = model.get("spec");
  const view = Math.random().toString(36).slice(2);
  const send = (message, buffers = []) => model.send({ view, ...message }, undefined, buffers);
  const status = make("p", { class: "live-status", role: "status", "aria-live": "polite" });
  const say = (text) => { if (status.textContent !== text) status.textContent = text; };
  const shown = answers(spec);
  const lessons = corrections(spec, send, shown.own);
  const camera = cameraOf(spec, shown, send, say);

  const file = make("input", { type: "file", accept: "image/*", hidden: "" });
  file.onchange = async () => {
    if (!file.files.length) return;
    camera.stop();
    say("Reading the image.");
    const data = await contents(file.files[0]);
    if (typeof data === "string") say(data);
    else send({ do: "file", name: file.files[0].name }, [data]);
    file.value = "";
  };
  const controls = make("div", { class: "live-row" }, camera.start, camera.chooser,
    button("Choose an image", () => file.click()), file, shown.overlay);
  const root = make("section", { class: "live", "aria-label": "Live hand" }, controls, status,
    shown.node, lessons.node);
  // Otherwise JupyterLab's shortcuts take the arrow keys; it looks at the focused element only.
  for (const control of root.querySelectorAll("input, button, select")) {
    control.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  el.append(root);

  const receive = (message, buffers) => {
    if (message.view && message.view !== view) return;
    if (message.say === "answer") {
      shown.take(message, buffers);
      lessons.ready(shown.own() !== null);
      camera.answered(message.number);
      if (message.what !== "look") say(shown.words());
    } else if (message.say === "refused") {
      say(message.text);
      camera.answered(message.number);
      lessons.busy(false);
    } else lessons.take(message, buffers);
  };
  model.on("msg:custom", receive);
  window.addEventListener("pagehide", camera.stop);
  send({ do: "open" });
  return () => {
    camera.stop();
    model.off("msg:custom", receive);
    window.removeEventListener("pagehide", camera.stop);
  };
}

async function contents(file) {
  if (file.size <= LARGEST_FILE) return file.arrayBuffer();
  try {
    const bitmap = await createImageBitmap(file); // turned upright by the browser
    const scale = 1024 / Math.max(bitmap.width, bitmap.height, 1024);
    const canvas = make("canvas", { width: bitmap.width * scale, height: bitmap.height * scale });
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const small = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.95); });
    return await small.arrayBuffer();
  } catch {
    return `${file.name} is larger than 8 MB, and the browser cannot shrink it. Save it as a `
      + "smaller JPEG or PNG.";
  }
}

// --- the answers ---------------------------------------------------------------------------------

function answers(spec) {
  const video = make("video", { playsinline: "", hidden: "" });
  video.muted = true;
  const still = make("canvas", { class: "live-still" });
  const heat = make("canvas", { class: "live-heat" });
  const seen = make("canvas", { class: "live-seen" });
  const stage = make("div", { class: "live-stage", role: "img" }, video, still, heat);
  const verdict = make("p", { class: "live-verdict", "aria-hidden": "true" });
  const spoken = make("p", { class: "live-spoken", role: "status", "aria-live": "polite" });
  const pace = make("p", { class: "live-pace" });
  const check = make("input", { type: "checkbox", checked: "" });
  const overlay = make("label", {}, check, " Show where it looks (yellow speaks for the answer)");
  check.onchange = () => { heat.hidden = !check.checked; };
  const { list, show } = bars(spec.classes);
  const small = make("div", { class: "live-small" }, seen,
    make("p", {}, `What the network gets: ${spec.size} × ${spec.size} pixels`));
  const node = make("div", { class: "live-answer" }, stage,
    make("div", { class: "live-side" }, verdict, list, spoken, small, pace));
  const sent = new Map(); // images on their way, by number
  let own = null, text = "", since = 0;

  function take(message, buffers) {
    const image = message.what === "look" ? sent.get(message.number) : bytes(buffers[1]);
    sent.delete(message.number);
    if (!image) return;
    if (message.what !== "open") own = image;
    paintHeat(heat, message.side, bytes(buffers[0]));
    paintImage(seen, spec.size, image);
    if (message.what !== "look") paintImage(still, spec.size, image);
    show(message.probabilities);
    judge(message);
  }

  function judge({ probabilities, what }) {
    const order = probabilities.map((_, index) => index)
      .sort((a, b) => probabilities[b] - probabilities[a]);
    const now = probabilities[order[0]] >= spec.sure ? `It is a ${order[0]}.`
      : `Unsure: perhaps ${order[0]}, perhaps ${order[1]}.`;
    if (now !== text) since = performance.now();
    text = now;
    verdict.textContent = text;
    stage.setAttribute("aria-label", `The image, with the places that speak for the answer. ${text}`);
    if (what !== "look" || performance.now() - since > STEADY) {
      if (spoken.textContent !== text) spoken.textContent = text;
    }
    source = what;
  }

  let source = "open";
  const words = () => (source === "open"
    ? "This is the course's own image. Press Start to show your own hand."
    : "This is your image. Press Start to use the camera.");
  function live(on) {
    if (!on && !video.hidden && own) paintImage(still, spec.size, own);
    video.hidden = !on;
    still.hidden = on;
    stage.classList.toggle("live-mirror", on); // people expect a mirror; the network gets no mirror
    if (!on) { sent.clear(); pace.textContent = ""; }
  }
  return { node, video, overlay, pace, take, live, words, own: () => own,
    sent: (number, image) => sent.set(number, image) };
}

// --- corrections ---------------------------------------------------------------------------------

function corrections(spec, send, own) {
  const labels = Array.from({ length: spec.classes }, (_, label) => button(label,
    () => { if (own()) send({ do: "keep", label }, [own()]); },
    { disabled: "", "aria-label": `It was a ${label}: keep this image` }));
  const kept = make("ul", { class: "live-kept", "aria-label": "Kept images" });
  const count = make("p", { role: "status", "aria-live": "polite" });
  const train = button("Train on these images", () => { busy(true); send({ do: "train" }); },
    { disabled: "" });
  const progress = make("p", { role: "status", "aria-live": "polite" });
  const table = make("div");
  const choice = make("label", { hidden: "" });
  const check = make("input", { type: "checkbox" });
  choice.append(check, " Let the trained network answer");
  check.onchange = () => send({ do: "choose", trained: check.checked });
  let images = 0, working = false;

  function busy(now) {
    working = now;
    train.disabled = now || images < spec.least;
    if (!now) progress.textContent = "";
  }

  function list(message, buffers) {
    images = message.labels.length;
    kept.replaceChildren(...message.labels.map((label, place) => {
      const canvas = make("canvas", { "aria-hidden": "true" });
      paintImage(canvas, spec.size, bytes(buffers[place]));
      const remove = button("×", () => send({ do: "remove", place }),
        { "aria-label": `Remove image ${place + 1}, kept as a ${label}` });
      return make("li", {}, canvas, make("span", {}, label), remove);
    }));
    const missing = spec.least - images;
    count.textContent = missing > 0
      ? `${images} images kept; training needs ${missing} more.`
      : `${images} images kept. Half of them will be trained on, the other half is for judging.`;
    busy(working);
  }

  function result(rows) {
    const head = make("tr", {}, ...["", "images", "right before", "right after"]
      .map((text) => make("th", { scope: "col" }, text)));
    const body = rows.map((row) => make("tr", {}, make("th", { scope: "row" }, row.name),
      ...[row.images, row.before, row.after].map((number) => make("td", {}, number))));
    table.replaceChildren(make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)));
  }

  function take(message, buffers) {
    if (message.say === "kept") list(message, buffers);
    else if (message.say === "progress") progress.textContent = message.text;
    else if (message.say === "trained") { busy(false); result(message.rows); }
    else if (message.say === "choice") {
      choice.hidden = !message.exists;
      check.checked = message.trained;
    }
  }
  const row = make("div", { class: "live-row live-labels", role: "group",
    "aria-label": "Was the answer wrong? Say what it was" }, "Wrong? It was a", ...labels);
  const node = make("div", { class: "live-corrections" }, row, count, kept,
    make("div", { class: "live-row" }, train, choice), progress, table);
  return { node, take, busy,
    ready: (is) => labels.forEach((label) => { label.disabled = !is; }) };
}

export default { render };
