// The controls of a prediction: a choice, a number or a curve, the confidence, "Commit" and "Skip".
// A reading ("what does the plot show?") is a row of answers. The kernel gets one message for each
// decision and then replaces these controls by a box, which gets the focus here, unless the learner
// is at another prediction by then.

const SVG = "http://www.w3.org/2000/svg";
const PATIENCE = 8000; // milliseconds
const SILENT = "No answer yet. If this notebook was just opened, run this cell again first.";
const FOCUS_TRIES = 50; // times 100 ms: how long to wait for the box

function make(tag, attributes = {}, ...children) {
  const node = tag.startsWith("svg:")
    ? document.createElementNS(SVG, tag.slice(4))
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function render({ model, el }) {
  const spec = model.get("spec");
  const live = make("div", { class: "prediction-message", role: "status", "aria-live": "polite" });
  const say = (text) => { live.textContent = text; };
  const decide = (message) => {
    model.send(message);
    focusLater(spec.element);
    // In a reopened notebook there is no kernel that would answer.
    setTimeout(() => root.isConnected && !live.textContent && say(SILENT), PATIENCE);
  };
  const body = spec.kind === "reading" ? reading(spec, decide) : question(spec, decide, say);
  const root = make("div", { class: "prediction" }, body, live);
  // Otherwise JupyterLab's shortcuts take the arrow keys; it looks at the focused element only.
  for (const control of root.querySelectorAll("input, button, [tabindex]")) {
    control.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  el.append(root);
  const listen = () => say(model.get("message"));
  model.on("change:message", listen);
  return () => model.off("change:message", listen);
}

function focusLater(id, tries = FOCUS_TRIES) {
  const box = document.getElementById(id);
  const elsewhere = document.activeElement?.closest(".prediction");
  if (box && !elsewhere) box.focus({ preventScroll: true });
  else if (!box && tries > 0) setTimeout(() => focusLater(id, tries - 1), 100);
}

function reading(spec, decide) {
  const group = make("fieldset", {}, make("legend", {}, spec.title));
  spec.options.forEach((text, index) => {
    const button = make("button", { type: "button", class: "prediction-answer" }, text);
    button.onclick = () => {
      button.setAttribute("aria-pressed", "true");
      decide({ do: "observe", value: index });
    };
    group.append(button);
  });
  return group;
}

function question(spec, decide, say) {
  const control = { choice, number, curve }[spec.kind](spec);
  const sure = radios("How sure are you?", spec.confidence, "prediction-row");
  const commit = make("button", { type: "button", class: "prediction-commit" }, "Commit");
  const skip = make("button", { type: "button" }, "Skip this prediction");
  commit.onclick = () => {
    const value = control.value();
    if (value === null) say(control.missing);
    else if (sure.value() === null) say("Say how sure you are, then commit.");
    else decide({ do: "commit", value, confidence: sure.value() });
  };
  skip.onclick = () => decide({ do: "skip" });
  return make("div", {}, control.node, sure.node,
    make("div", { class: "prediction-row" }, commit, skip));
}

function radios(title, options, style) {
  const name = `prediction-${Math.random().toString(36).slice(2)}`;
  const rows = make("div", { class: style });
  const inputs = options.map((text, index) => {
    const input = make("input", { type: "radio", name, value: index });
    rows.append(make("label", {}, input, make("span", {}, text)));
    return input;
  });
  const value = () => {
    const index = inputs.findIndex((input) => input.checked);
    return index < 0 ? null : index;
  };
  return { node: make("fieldset", {}, make("legend", {}, title), rows), value };
}

function choice(spec) {
  const group = radios(spec.title, spec.options, "prediction-column");
  return { ...group, missing: "Choose an answer first." };
}

function at(spec, place) {
  const value = spec.low + place * (spec.high - spec.low);
  return spec.log ? 10 ** value : value;
}

function short(value) {
  if (value === 0 || (Math.abs(value) >= 0.01 && Math.abs(value) < 1e5)) {
    return Number(value.toPrecision(2)).toLocaleString("en");
  }
  const [digits, exponent] = value.toExponential(0).split("e");
  const raised = [...String(Number(exponent))]
    .map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)])).join("");
  return digits === "1" ? `10${raised}` : `${digits} · 10${raised}`;
}

function number(spec) {
  const slider = make("input",
    { type: "range", min: 0, max: 300, step: 1, value: 150, "aria-label": spec.title });
  const shown = make("output", {}, "not set: move the slider");
  const marks = make("div", { class: "prediction-ticks", "aria-hidden": "true" });
  for (const [label, place] of spec.ticks) {
    const mark = make("span", {}, label);
    mark.style.left = `${100 * place}%`;
    marks.append(mark);
  }
  let chosen = null;
  slider.setAttribute("aria-valuetext", "not set");
  slider.oninput = () => {
    chosen = Number(at(spec, slider.value / 300).toPrecision(2));
    shown.textContent = `${short(chosen)} ${spec.unit}`;
    slider.setAttribute("aria-valuetext", shown.textContent);
  };
  const node = make("fieldset", {}, make("legend", {}, spec.title),
    make("div", { class: "prediction-scale" }, slider, marks), shown);
  return { node, value: () => chosen, missing: "Move the slider first." };
}

// --- a curve over empty axes ---------------------------------------------------------------------

const W = 640, H = 300, LEFT = 78, RIGHT = 16, TOP = 12, BOTTOM = 48;
const KEYS = { ArrowUp: 0.02, ArrowDown: -0.02, PageUp: 0.1, PageDown: -0.1 };

function curve(spec) {
  const last = spec.x.length - 1;
  const places = new Array(last + 1).fill(null); // from 0 (bottom) to 1 (top); null: not drawn
  let here = last; // the x that the arrow keys move
  const px = (index) => LEFT + (index / last) * (W - LEFT - RIGHT);
  const py = (place) => TOP + (1 - place) * (H - TOP - BOTTOM);
  const path = make("svg:path", { class: "prediction-curve" });
  const dots = make("svg:g", { class: "prediction-dots" });
  const cursor = make("svg:line", { class: "prediction-cursor", y1: TOP, y2: H - BOTTOM });
  const drawing = make("svg:svg", { viewBox: `0 0 ${W} ${H}`, "aria-hidden": "true" },
    axes(spec, px, py), cursor, path, dots);
  const slider = make("div", { class: "prediction-axes", role: "slider", tabindex: 0,
    "aria-label": `${spec.title} Left and right choose the ${spec.xlabel}; up and down move the `
      + "curve there.",
    "aria-valuemin": 0, "aria-valuemax": 100 }, drawing);
  const shown = make("output", {}, "not drawn yet");

  function whole() {
    const set = places.map((place, index) => [index, place]).filter(([, place]) => place !== null);
    if (!set.length) return null;
    return places.map((place, index) => {
      const after = set.find(([i]) => i >= index) ?? set[set.length - 1];
      const before = [...set].reverse().find(([i]) => i <= index) ?? set[0];
      if (after[0] <= before[0] || index < before[0] || index > after[0]) {
        return index <= before[0] ? before[1] : after[1];
      }
      return before[1] + ((index - before[0]) / (after[0] - before[0])) * (after[1] - before[1]);
    });
  }

  function redraw() {
    const line = whole();
    path.setAttribute("d", line ? `M${line.map((p, i) => `${px(i)},${py(p)}`).join("L")}` : "");
    dots.replaceChildren(...places.flatMap((place, i) => (place === null ? []
      : [make("svg:circle", { cx: px(i), cy: py(place), r: 4 })])));
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, px(here));
    const there = line ? short(at(spec, line[here])) : "not drawn";
    shown.textContent = `${spec.xlabel.split(/,| \(/)[0]} ${spec.x[here]}: ${there}`;
    slider.setAttribute("aria-valuenow", Math.round(100 * (line ? line[here] : 0.5)));
    slider.setAttribute("aria-valuetext", shown.textContent);
  }

  let before = null;
  function drag(event) {
    const frame = drawing.getBoundingClientRect();
    const x = ((event.clientX - frame.left) / frame.width) * W;
    const y = ((event.clientY - frame.top) / frame.height) * H;
    const clamp = (value) => Math.min(1, Math.max(0, value));
    const place = clamp(1 - (y - TOP) / (H - TOP - BOTTOM));
    here = Math.round(clamp((x - LEFT) / (W - LEFT - RIGHT)) * last);
    const [from, start] = before ?? [here, place];
    const steps = Math.abs(here - from);
    for (let i = 0; i <= steps; i += 1) { // a fast pointer passes over several x at once
      const part = steps ? i / steps : 1;
      places[Math.round(from + part * (here - from))] = start + part * (place - start);
    }
    before = [here, place];
    redraw();
  }
  slider.onpointerdown = (event) => {
    event.preventDefault();
    slider.focus();
    slider.setPointerCapture(event.pointerId);
    before = null;
    drag(event);
    slider.onpointermove = drag;
  };
  slider.onpointerup = slider.onpointercancel = () => { slider.onpointermove = null; };
  slider.onkeydown = (event) => {
    if (event.key === "ArrowLeft") here = Math.max(0, here - 1);
    else if (event.key === "ArrowRight") here = Math.min(last, here + 1);
    else if (event.key === "Home") here = 0;
    else if (event.key === "End") here = last;
    else if (event.key in KEYS) {
      const place = whole()?.[here] ?? 0.5;
      places[here] = Math.min(1, Math.max(0, place + KEYS[event.key]));
    } else return;
    event.preventDefault();
    redraw();
  };
  const clear = make("button", { type: "button" }, "Clear the curve");
  clear.onclick = () => { places.fill(null); redraw(); };
  redraw();
  const help = make("p", {}, "Draw the curve with the pointer. With the keyboard: left and right "
    + "choose a place, up and down move the curve there; between such places it runs straight.");
  const node = make("fieldset", {}, make("legend", {}, spec.title), help, slider,
    make("div", { class: "prediction-row" }, shown, clear));
  const value = () => whole()?.map((place) => at(spec, place)) ?? null;
  return { node, value, missing: "Draw the curve first." };
}

function axes(spec, px, py) {
  const group = make("svg:g", { class: "prediction-grid" });
  const text = (x, y, anchor, words, turn = "") => make("svg:text",
    { x, y, "text-anchor": anchor, ...(turn && { transform: turn }) }, words);
  const line = (x1, y1, x2, y2) => make("svg:line", { x1, y1, x2, y2 });
  const last = spec.x.length - 1;
  for (const [label, place] of spec.ticks) {
    group.append(line(px(0), py(place), px(last), py(place)),
      text(LEFT - 8, py(place) + 4, "end", label));
  }
  const every = Math.ceil(last / 10);
  spec.x.forEach((value, index) => {
    if ((index % every === 0 && last - index >= every) || index === last) {
      group.append(text(px(index), H - BOTTOM + 18, "middle", value));
    }
  });
  const middle = (TOP + H - BOTTOM) / 2;
  group.append(text((LEFT + W) / 2, H - 8, "middle", spec.xlabel),
    text(14, middle, "middle", spec.ylabel, `rotate(-90 14 ${middle})`));
  spec.lines.forEach(([name, places], number) => {
    const points = places.map((place, index) => `${px(index)},${py(place)}`).join(" ");
    group.append(make("svg:polyline", { class: `prediction-known known-${number}`, points }),
      // Above the last points, so that a falling line does not run through its name.
      text(px(last), py(Math.max(...places.slice(-4))) - 6, "end", name));
  });
  return group;
}

export default { render };
