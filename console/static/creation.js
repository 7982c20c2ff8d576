import { newIdempotencyKey, Refusal } from "./api.js";

/**
 * What one form makes. Everything that is sent from it has one Idempotency-Key, so that pressing
 * twice, and pressing again when an answer was lost, makes one. Who has changed the form in between
 * is told that the first has arrived; what is sent after that is another one.
 */
export class Creation {
  #api;
  #path;
  #key = newIdempotencyKey();

  /**
   * @param {import("./api.js").Api} api
   * @param {string} path of the collection
   */
  constructor(api, path) {
    this.#api = api;
    this.#path = path;
  }

  /**
   * @param {unknown} body
   * @returns {Promise<any>} what was made
   */
  async send(body) {
    try {
      return (await this.#api.create(this.#path, body, this.#key)).body;
    } catch (error) {
      if (hasArrived(error)) {
        this.#key = newIdempotencyKey();
      }
      throw error;
    }
  }
}

/** Whether an earlier attempt has. @param {unknown} error */
export function hasArrived(error) {
  return error instanceof Refusal && error.code === "idempotency_key_reused";
}
