import { bytesOf, typedArrayName } from "./bytes.js";
import { host } from "./host.js";
import { asInterface } from "./interface.js";

const QUOTA = 65_536;

/** `crypto` without `subtle`: randomness from the host. */
class Crypto {
  /**
   * @template {ArrayBufferView} View
   * @param {View} view
   * @returns {View}
   */
  getRandomValues(view) {
    const name = typedArrayName(view);
    if (name === undefined || name.startsWith("Float")) {
      throw new DOMException("getRandomValues needs an integer typed array", "TypeMismatchError");
    }
    const bytes = bytesOf(view);
    if (bytes.length > QUOTA) {
      throw new DOMException(
        `getRandomValues gives at most ${QUOTA} bytes, ${bytes.length} were asked for`,
        "QuotaExceededError",
      );
    }
    if (bytes.length > 0) bytes.set(new Uint8Array(host.random(bytes.length)));
    return view;
  }

  randomUUID() {
    const bytes = new Uint8Array(host.random(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = "";
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
      text += (bytes[i] + 0x100).toString(16).slice(1);
    }
    return text;
  }
}

asInterface(Crypto, "Crypto");

/** The one instance. */
export const crypto = new Crypto();
