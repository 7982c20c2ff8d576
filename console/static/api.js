const TIMEOUT_MILLISECONDS = 30_000;
const KEY = /^[!-~]+$/;

/** An answer that is none of the 2xx. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {{code?: string, message?: string, details?: {field: string, problem: string}[],
   *   request_id?: string}} error the envelope; empty where something on the way has answered
   * @param {string | null} retryAfter seconds
   */
  constructor(status, error, retryAfter) {
    super(error.message ?? "");
    this.status = status;
    this.code = error.code ?? "";
    this.details = error.details ?? [];
    this.requestId = error.request_id ?? "";
    this.retryAfter = retryAfter;
  }
}

/** Nobody has answered; whether the request has arrived is not known. */
export class Unreachable extends Error {}

/**
 * `/v1` of the server that this page comes from. The key is here, in memory, and nowhere else: not
 * in a storage that a browser writes to its disk, in no cookie and in no address.
 */
export class Api {
  #key = "";

  get isSignedIn() {
    return this.#key !== "";
  }

  /**
   * Tries the key, and keeps it if it may list organizations.
   *
   * @param {string} key as pasted
   */
  async signIn(key) {
    const wanted = key.trim();
    if (!KEY.test(wanted)) {
      throw new Refusal(401, { code: "unauthorized", message: "this is no API key" }, null);
    }
    await this.#ask("GET", "/organizations?limit=1", wanted, {}, undefined);
    this.#key = wanted;
  }

  signOut() {
    this.#key = "";
  }

  /** @param {string} path */
  get(path) {
    return this.#ask("GET", path, this.#key, {}, undefined);
  }

  /**
   * @param {string} path
   * @param {unknown} body
   * @param {string} idempotencyKey
   */
  create(path, body, idempotencyKey) {
    return this.#ask("POST", path, this.#key, { "Idempotency-Key": idempotencyKey }, body);
  }

  /**
   * @param {string} path
   * @param {unknown} body
   * @param {string | null} etag of what was read; null where the API knows none
   */
  change(path, body, etag) {
    return this.#ask("PATCH", path, this.#key, condition(etag), body);
  }

  /**
   * @param {string} path
   * @param {string | null} etag
   */
  remove(path, etag) {
    return this.#ask("DELETE", path, this.#key, condition(etag), undefined);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} key
   * @param {Record<string, string>} headers
   * @param {unknown} body
   * @returns {Promise<{body: any, etag: string | null}>}
   */
  async #ask(method, path, key, headers, body) {
    /** @type {Record<string, string>} */
    const typed = body === undefined ? {} : { "Content-Type": "application/json" };
    let answer;
    let text;
    try {
      answer = await fetch(`/v1${path}`, {
        method,
        headers: { ...headers, ...typed, Authorization: `Bearer ${key}` },
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      });
      text = await answer.text();
    } catch (cause) {
      throw new Unreachable("nobody has answered", { cause });
    }
    const read = parsed(text);
    if (!answer.ok) {
      throw new Refusal(answer.status, read?.error ?? {}, answer.headers.get("Retry-After"));
    }
    return { body: read, etag: answer.headers.get("ETag") };
  }
}

/** Unlike `crypto.randomUUID` it is also there where the page came without TLS. */
export function newIdempotencyKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {string | null} etag
 * @returns {Record<string, string>}
 */
function condition(etag) {
  return etag === null ? {} : { "If-Match": etag };
}

/** What a proxy says instead of the API may be anything. @param {string} text */
function parsed(text) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
