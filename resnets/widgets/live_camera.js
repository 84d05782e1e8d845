// The camera of lesson 6; parts.js and live_hand.js stand in the same module. The newest image goes
// to the kernel as 64 x 64 x 3 bytes. While it is answered, the next one is on its way, but only
// where answers come soon: a slow kernel makes the answers rarer, never late. The camera is off
// until Start is pressed. Stop, a new run of the cell and the end of the page turn it off.

const PATIENCE = 6000; // ms without an answer until the page says so
const SOON = 130; // ms until an answer, up to which a second image is sent ahead
const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

// --- why there is no camera ----------------------------------------------------------------------

function whyNoCamera() {
  const here = window.location;
  if (here.protocol.startsWith("vscode") || document.body.dataset.vscodeThemeKind) {
    return "VS Code gives a notebook no camera. Open this lesson in a browser with `make lab`, or "
      + "choose an image.";
  }
  if (!window.isSecureContext) {
    const port = here.port || "8888";
    return "The browser gives the camera only to pages of your own machine and to https pages, and "
      + `this page comes from ${here.host} by plain http. On the machine in front of you, run `
      + `\`ssh -L ${port}:localhost:${port} ${here.hostname}\` and open http://localhost:${port}, `
      + "or choose an image.";
  }
  return navigator.mediaDevices?.getUserMedia ? ""
    : "This browser has no camera for web pages. Try another browser, or choose an image.";
}

function whyItFailed(error) {
  if (error.name === "NotAllowedError" || error.name === "SecurityError") {
    return "The browser was not allowed to use the camera. Click the camera or the lock beside the "
      + "page's address, allow it, and press Start again. Or choose an image.";
  }
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") {
    return "No camera was found. Plug one in and press Start again, or choose an image.";
  }
  if (error.name === "NotReadableError" || error.name === "AbortError") {
    return "The camera is there, but another program is using it. Close that program and press "
      + "Start again, or choose an image.";
  }
  return `The camera does not start: ${error.message || error.name}. Choose an image instead.`;
}

// --- pixels --------------------------------------------------------------------------------------

// The square in the middle of a video, halved step by step: so each pixel is an average.
function shrinker(size) {
  const steps = [4, 2, 1].map((times) => {
    const canvas = make("canvas", { width: size * times, height: size * times });
    return canvas.getContext("2d", { willReadFrequently: times === 1 });
  });
  return (video) => {
    const side = Math.min(video.videoWidth, video.videoHeight);
    const [left, top] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
    steps[0].drawImage(video, left, top, side, side, 0, 0, size * 4, size * 4);
    steps.slice(1).forEach((step, index) => {
      const { canvas } = step;
      step.drawImage(steps[index].canvas, 0, 0, canvas.width, canvas.height);
    });
    const { data } = steps[2].getImageData(0, 0, size, size);
    return Uint8Array.from({ length: size * size * 3 },
      (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]);
  };
}

function paintHeat(canvas, side, heat) {
  paint(canvas, side, (i) => {
    const place = (heat[i] / 255) * (VIRIDIS.length - 1);
    const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
    const mixed = VIRIDIS[low].map((c, k) => c + (place - low) * (VIRIDIS[low + 1][k] - c));
    return [...mixed, 40 + 0.5 * heat[i]];
  });
}

// --- the camera ------------------------------------------------------------------------------------

function cameraOf(spec, shown, send, say) {
  const { video } = shown;
  const shrink = shrinker(spec.size);
  const waiting = new Map(); // when each image was sent that has no answer yet, by number
  let stream = null, attempt = 0, number = 0, delay = 0, fresh = false, times = [];
  const select = make("select", { "aria-label": "Camera" });
  const chooser = make("label", { class: "live-chooser", hidden: "" }, "Camera ", select);
  const start = button("Start", toggle, { class: "live-start" });

  function toggle() {
    if (!stream) { open(); return; }
    stop();
    say("The camera is off.");
  }

  function stop() {
    attempt += 1; // a camera that the browser opens only now is closed at once
    stream?.getTracks().forEach((track) => track.stop());
    stream = video.srcObject = null;
    waiting.clear();
    shown.live(false);
    start.textContent = "Start";
  }

  async function open(device) {
    const trouble = whyNoCamera();
    if (trouble) { say(trouble); return; }
    stop();
    const mine = attempt;
    say("Waiting for the camera. The browser may ask for your permission.");
    try {
      const size = { width: { ideal: 640 }, height: { ideal: 480 } };
      const wish = device ? { deviceId: { exact: device } } : { facingMode: "user" };
      const opened = await navigator.mediaDevices.getUserMedia({ video: { ...size, ...wish } });
      if (mine !== attempt) { opened.getTracks().forEach((track) => track.stop()); return; }
      stream = video.srcObject = opened;
      const [track] = opened.getVideoTracks();
      track.onended = () => { stop(); say("The camera was unplugged. Press Start again."); };
      await video.play();
      if (mine !== attempt) return;
      start.textContent = "Stop";
      shown.live(true);
      say("The camera is on.");
      times = [];
      next();
      await list(track.getSettings().deviceId);
    } catch (error) {
      if (mine !== attempt) return;
      stop();
      say(whyItFailed(error));
    }
  }

  async function list(active) { // the browser names the cameras only after the permission
    const found = await navigator.mediaDevices.enumerateDevices();
    const cameras = found.filter((device) => device.kind === "videoinput");
    select.replaceChildren(...cameras.map((device, index) => make("option",
      { value: device.deviceId, ...(device.deviceId === active && { selected: "" }) },
      device.label || `camera ${index + 1}`)));
    chooser.hidden = cameras.length < 2;
  }
  select.onchange = () => open(select.value);

  function next() {
    if (!stream) return;
    if (!video.isConnected) { stop(); return; } // the notebook was closed
    const ask = video.requestVideoFrameCallback?.bind(video) ?? requestAnimationFrame;
    ask(() => { fresh = true; capture(); next(); });
  }

  function capture() {
    if (!stream || !fresh) return;
    if (waiting.size >= (delay < SOON ? 2 : 1)) {
      const [oldest] = waiting.values();
      if (performance.now() - oldest > PATIENCE) {
        say("No answer from the kernel yet. Is another cell running? If you have restarted the "
          + "kernel, run the lesson's cells again.");
      }
      return;
    }
    fresh = false;
    number += 1;
    waiting.set(number, performance.now());
    const image = shrink(video);
    shown.sent(number, image);
    send({ do: "look", number }, [image]);
  }

  function answered(which) {
    if (!stream || !waiting.has(which)) return;
    const now = performance.now();
    delay = now - waiting.get(which);
    waiting.delete(which);
    times = [...times.filter((time) => now - time < 2000), now];
    const rate = times.length > 1 ? (1000 * (times.length - 1)) / (now - times[0]) : 0;
    shown.pace.textContent = `${rate.toFixed(0)} images a second, each answered after `
      + `${delay.toFixed(0)} ms`;
    if (delay > PATIENCE) say("The camera is on.");
    capture();
  }
  return { start, chooser, stop, answered, isOn: () => stream !== null };
}
