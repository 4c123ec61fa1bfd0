// Talking to the workspace: one snapshot of what a person sees, one address for what they do.

const notices = () => document.getElementById("notices");

/** Say something that went wrong, for a few seconds. */
export function notice(text) {
  const line = document.createElement("p");
  line.className = "notice";
  line.textContent = text;
  notices().append(line);
  setTimeout(() => line.remove(), 9000);
}

async function json(response) {
  if (response.status === 401 || response.status === 403) throw new Error(await response.text());
  return response.json();
}

export async function about() {
  return json(await fetch("/page/workspace"));
}

export async function snapshot(person, channel, thread) {
  const query = new URLSearchParams({ as: person });
  if (channel) query.set("channel", channel);
  if (thread) query.set("thread", thread);
  return json(await fetch(`/page/state?${query}`));
}

/** Do something as a person. Returns the answer, or null after saying what went wrong. */
export async function act(person, what, details = {}) {
  let answer;
  try {
    answer = await json(
      await fetch("/page/do", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ what, person, ...details }),
      }),
    );
  } catch (error) {
    answer = { ok: false, problem: `The workspace did not answer: ${error.message}` };
  }
  if (answer.ok) return answer;
  notice(answer.problem);
  return null;
}

/** Call back after each change of the workspace, as long as the page is open. */
export function live(onChange) {
  const stream = new EventSource("/page/live");
  stream.addEventListener("message", onChange);
  stream.addEventListener("error", () => document.body.classList.add("away"));
  stream.addEventListener("open", () => document.body.classList.remove("away"));
}
