// src/isolation/threads/worker-node.ts
import { parentPort, workerData } from "node:worker_threads";

// src/engine/heap.ts
var SIZES = 31;
var NONE = 65535;
var LOW = 0;
var HIGH = 16;
var ARENA_WORDS = 8;
var LINK_WORDS = 2;
var PADDING_WORDS = 1;
var LARGE_WORDS = 64;
var FLAGS = 3;
var FREE = 1;
var CHUNK_WORDS = 4;
var TREE_CHUNK_WORDS = 8;
var TREE_BYTES = 256;
function forgetIdle(image, words2, { arenas, start }) {
  const large = [];
  forEachFreeChunk(words2, start, (from, to) => {
    if (to - from > LARGE_WORDS) large.push({ from, to });
    else restore(image, words2, from, to);
  });
  forEachArena(words2, arenas, (arena) => {
    const free = freeBlocks(words2, arena);
    if (!free) return false;
    const blockWords = blockWordsOf(words2, arena);
    sortBlocks(free);
    setHalf(words2, arena + 7, HIGH, free[0] ?? NONE);
    for (let index = 0; index < free.length; index++) {
      const at = arena + ARENA_WORDS + (free[index] ?? 0) * blockWords;
      setHalf(words2, at, LOW, free[index + 1] ?? NONE);
      restore(image, words2, at + 1, at + blockWords);
    }
    return true;
  });
  return large;
}
function sortBlocks(free) {
  for (let at = 1; at < free.length; at++) {
    if ((free[at] ?? 0) < (free[at - 1] ?? 0)) {
      free.sort((a, b) => a - b);
      return;
    }
  }
}
function setHalf(words2, at, shift, half) {
  words2[at] = (words2[at] ?? 0) & ~(65535 << shift) | half << shift;
}
function restore(image, words2, from, to) {
  const shared = Math.min(to, Math.max(from, image.length));
  if (shared - from > 64) words2.set(image.subarray(from, shared), from);
  else for (let at = from; at < shared; at++) words2[at] = image[at] ?? 0;
  if (shared < to) words2.fill(0, shared, to);
}
function forEachFreeChunk(words2, start, take) {
  for (let at = start >>> 2; at < words2.length; ) {
    const head = words2[at + 1] ?? 0;
    const size = (head & ~7) >>> 0;
    const end = at + size / 4;
    if (size < CHUNK_WORDS * 4 || end > words2.length) return false;
    const used = size < TREE_BYTES ? CHUNK_WORDS : TREE_CHUNK_WORDS;
    if ((head & FLAGS) === FREE) take(at + used, end);
    at = end;
  }
  return true;
}
function forEachArena(words2, arenas, take) {
  for (let size = 0; size < SIZES; size++) {
    for (const arena of arenasOf(words2, arenas, size)) {
      if (((words2[arena + 6] ?? 0) & 255) !== size || !take(arena)) return false;
    }
  }
  return true;
}
function arenasOf(words2, arenas, size) {
  const found = [];
  const head = (arenas >>> 2) + size * LINK_WORDS;
  for (let link = nextOf(words2, head); link !== head && found.length < words2.length; link = nextOf(words2, link)) {
    found.push(link - LINK_WORDS);
  }
  return found;
}
var nextOf = (words2, link) => (words2[link + 1] ?? 0) >>> 2;
function freeBlocks(words2, arena) {
  const counts = words2[arena + 7] ?? 0;
  const blocks = counts & 65535;
  const count = blocks - ((words2[arena + 6] ?? 0) >>> 16);
  const blockWords = blockWordsOf(words2, arena);
  const chunkWords = ((words2[arena + 1] ?? 0) & ~7) >>> 2;
  const slack = chunkWords + PADDING_WORDS - ARENA_WORDS - blocks * blockWords;
  if (slack < 0 || slack >= blockWords + CHUNK_WORDS) return void 0;
  const free = [];
  for (let block = counts >>> 16; block !== NONE; ) {
    if (block >= blocks || free.length === count) return void 0;
    free.push(block);
    block = (words2[arena + ARENA_WORDS + block * blockWords] ?? 0) & 65535;
  }
  return free.length === count ? free : void 0;
}
function blockWordsOf(words2, arena) {
  const size = (words2[arena + 6] ?? 0) & 255;
  const bytes2 = size <= 14 ? 16 + size * 8 : size <= 22 ? 128 + (size - 14) * 16 : 256 + (size - 22) * 32;
  return bytes2 / 4;
}

// src/engine/wasm.ts
var PAGE = 65536;

// src/engine/instance.ts
var SUCCESS = 0;
var BAD_FILE = 8;
var NOT_SUPPORTED = 52;
function instantiate(module, host) {
  let memory;
  const view2 = () => new DataView(memory.buffer);
  const instance = new WebAssembly.Instance(module, {
    env: {
      host_call: (_name, _length, _self, argc, argv) => host.call(argc, argv),
      host_interrupt: () => host.interrupt(),
      host_promise_rejection: (promise, reason, handled) => host.rejection(promise, reason, handled !== 0),
      // No module can be loaded: `import()` rejects.
      host_module_normalize: () => 0,
      host_module_load: () => 0,
      host_get_timezone_offset: (high, low) => host.timezoneOffset(high * 2 ** 32 + (low >>> 0))
    },
    wasi_snapshot_preview1: {
      clock_time_get: (_clock, _precision, out) => {
        view2().setBigUint64(out, BigInt(host.nowMs()) * 1000000n, true);
        return SUCCESS;
      },
      random_get: (out, length) => {
        new Uint8Array(memory.buffer, out, length).fill(7);
        return SUCCESS;
      },
      fd_write: (_file, vectors, count, out) => {
        let written = 0;
        for (let i = 0; i < count; i++) written += view2().getUint32(vectors + i * 8 + 4, true);
        view2().setUint32(out, written, true);
        return SUCCESS;
      },
      fd_close: () => NOT_SUPPORTED,
      fd_seek: () => NOT_SUPPORTED,
      fd_fdstat_get: () => BAD_FILE
    }
  });
  const exports = instance.exports;
  memory = exports.memory;
  return exports;
}

// src/engine/fill.ts
var MODULE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 7, 1, 96, 3, 127, 127, 127, 0],
  ...[2, 11, 1, 1, 101, 1, 109, 2, 3, 1, 128, 128, 4],
  ...[3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0],
  ...[10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 252, 11, 0, 11]
);
var compiled;
function sharedFill(memory) {
  compiled ??= new WebAssembly.Module(MODULE);
  const { exports } = new WebAssembly.Instance(compiled, { e: { m: memory } });
  return exports.f;
}

// src/engine/memory.ts
var encoder = new TextEncoder();
var decoder = new TextDecoder("utf-8", { ignoreBOM: true });
var OutOfMemory = class extends Error {
  name = "OutOfMemory";
};
var Memory = class {
  exports;
  memory;
  currentBytes;
  currentWords;
  fill;
  constructor(exports) {
    this.exports = exports;
    this.memory = exports.memory;
    this.currentBytes = new Uint8Array(this.memory.buffer);
    this.currentWords = new Int32Array(this.memory.buffer);
    const isPlain = this.memory.buffer instanceof ArrayBuffer;
    this.fill = isPlain ? void 0 : sharedFill(this.memory);
  }
  /** The memory itself: another object once it grew. */
  get buffer() {
    return this.memory.buffer;
  }
  get bytes() {
    this.renew();
    return this.currentBytes;
  }
  get words() {
    this.renew();
    return this.currentWords;
  }
  get size() {
    return this.bytes.length;
  }
  /** Fills with zeros. */
  clear(start, end) {
    if (this.fill) this.fill(start, 0, end - start);
    else this.bytes.fill(0, start, end);
  }
  readWord(at) {
    return (this.words[at >>> 2] ?? 0) >>> 0;
  }
  writeWord(at, value) {
    this.words[at >>> 2] = value;
  }
  allocate(length) {
    const at = this.exports.wasm_malloc(length);
    if (at === 0) throw new OutOfMemory(`no room for ${length} bytes`);
    return at >>> 0;
  }
  free(at) {
    this.exports.wasm_free(at);
  }
  /** Runs `use` with the text in memory, zero-terminated; in the scratch area if it fits. */
  withText(text, scratch, use) {
    if (text.length * 3 < scratch.length) return use(scratch.at, this.writeText(text, scratch.at, scratch.length));
    const capacity = text.length * 3 + 1;
    const at = this.allocate(capacity);
    try {
      return use(at, this.writeText(text, at, capacity));
    } finally {
      this.free(at);
    }
  }
  readText(at, length) {
    return decoder.decode(this.bytes.subarray(at, at + length));
  }
  renew() {
    const { buffer } = this.memory;
    if (this.currentBytes.buffer === buffer) return;
    this.currentBytes = new Uint8Array(buffer);
    this.currentWords = new Int32Array(buffer);
  }
  writeText(text, at, capacity) {
    const { written } = encoder.encodeInto(text, this.bytes.subarray(at, at + capacity - 1));
    this.bytes[at + written] = 0;
    return written;
  }
};

// src/engine/boot.ts
var ROOM_BYTES = 832 << 10;
var NOTHING = new Int32Array(0);

// src/errors.ts
var CallError = class extends Error {
  name;
  code;
  data;
  /** `cause` is for the host's record only. */
  constructor(code, message, data, cause) {
    super(message, cause === void 0 ? void 0 : { cause });
    this.name = "CallError";
    this.code = code;
    if (data !== void 0) this.data = data;
  }
};

// src/engine/exports.ts
var ENGINE_EXPORTS = {
  memory: true,
  __stack_pointer: true,
  _initialize: true,
  qjs_init: true,
  qjs_set_interrupt_handler: true,
  qjs_set_promise_rejection_handler: true,
  qjs_set_memory_limit: true,
  qjs_set_max_stack_size: true,
  qjs_set_gc_threshold: true,
  qjs_run_gc: true,
  qjs_get_runtime_ptr: true,
  qjs_get_context_ptr: true,
  qjs_set_runtime_and_context: true,
  qjs_compile: true,
  qjs_eval_bytecode: true,
  qjs_eval: true,
  qjs_call: true,
  qjs_new_host_function: true,
  qjs_new_string: true,
  qjs_new_number: true,
  qjs_new_array_buffer: true,
  qjs_get_undefined: true,
  qjs_get_true: true,
  qjs_get_false: true,
  qjs_get_exception: true,
  qjs_is_exception: true,
  qjs_is_string: true,
  qjs_is_number: true,
  qjs_is_object: true,
  qjs_is_array_buffer: true,
  qjs_get_float64: true,
  qjs_get_string_len: true,
  qjs_free_cstring: true,
  qjs_get_array_buffer: true,
  qjs_get_class_id: true,
  qjs_get_value_ptr: true,
  qjs_get_prop_string: true,
  qjs_promise_then: true,
  qjs_promise_state: true,
  qjs_free_value: true,
  qjs_is_job_pending: true,
  qjs_execute_pending_job: true,
  JS_GetOwnPropertyNames: true,
  JS_FreePropertyEnum: true,
  wasm_malloc: true,
  wasm_free: true
};

// src/engine/meter.ts
var POLITE_STOPS = 2;
var Interrupted = class extends Error {
  name = "Interrupted";
};
var Meter = class {
  /** Set once a limit is reached, whatever the guest says afterwards. */
  reached;
  cpuMs = 0;
  steps = 0;
  heapBytes = 0;
  cpuLimitMs = 0;
  stepLimit = 0;
  enteredAt = 0;
  cpuDeadline = 0;
  wallDeadline = 0;
  late = 0;
  heapSize;
  constructor(heapSize) {
    this.heapSize = heapSize;
  }
  begin(limits, spent = { cpuMs: 0, steps: 0, memoryBytes: 0 }) {
    this.reached = void 0;
    this.late = 0;
    this.cpuMs = spent.cpuMs;
    this.steps = spent.steps;
    this.heapBytes = spent.memoryBytes;
    this.cpuLimitMs = limits.cpuMs;
    this.stepLimit = limits.steps;
    this.cpuDeadline = Number.POSITIVE_INFINITY;
    this.wallDeadline = Number.POSITIVE_INFINITY;
  }
  enter(wallLeftMs) {
    this.enteredAt = performance.now();
    this.cpuDeadline = this.enteredAt + this.cpuLimitMs - this.cpuMs;
    this.wallDeadline = this.enteredAt + wallLeftMs;
  }
  leave() {
    this.cpuMs += performance.now() - this.enteredAt;
    this.sample();
  }
  /** Gives `use` that much time of its own, whatever the run has spent; false if it did not end by itself. */
  aside(ms, use) {
    const { reached, stepLimit } = this;
    this.reached = void 0;
    this.late = 0;
    this.stepLimit = Number.POSITIVE_INFINITY;
    this.enteredAt = performance.now();
    this.cpuDeadline = this.wallDeadline = this.enteredAt + ms;
    use();
    this.leave();
    const inTime = this.reached === void 0;
    this.reached = reached;
    this.stepLimit = stepLimit;
    return inTime;
  }
  spent() {
    return { cpuMs: this.cpuMs, steps: this.steps, memoryBytes: this.heapBytes };
  }
  /** The interrupt handler, once per 10,000 ticks: 1 stops the guest; throws Interrupted when that was swallowed. */
  poll() {
    this.steps++;
    this.sample();
    if (!this.overdue()) return 0;
    if (++this.late > POLITE_STOPS) throw new Interrupted();
    return 1;
  }
  /** At every call from the guest: no call is taken after the end. Throws Interrupted. */
  check() {
    if (this.overdue()) throw new Interrupted();
  }
  /** Whether the run is past a limit; between jobs too. */
  overdue() {
    if (this.reached) return true;
    if (this.steps > this.stepLimit) {
      this.reached = { code: "step_limit", message: `more than ${this.stepLimit} steps of 10,000 engine ticks` };
      return true;
    }
    const now = performance.now();
    if (now > this.wallDeadline) this.reached = { code: "wall_limit", message: "the run's time is over" };
    else if (now > this.cpuDeadline) {
      this.reached = { code: "cpu_limit", message: `more than ${this.cpuLimitMs} ms inside the machine` };
    }
    return this.reached !== void 0;
  }
  sample() {
    const bytes2 = this.heapSize();
    if (bytes2 > this.heapBytes) this.heapBytes = bytes2;
  }
};

// src/engine/breakdown.ts
function breakdownOf(error, reached) {
  if (error instanceof Interrupted || reached) return reached;
  if (error instanceof OutOfMemory) return { code: "memory_limit", message: error.message };
  if (error instanceof RangeError || isStackOverflow(error)) {
    return { code: "stack_limit", message: "the program's calls nested deeper than the stack holds" };
  }
  return { code: "machine_crashed", message: `the engine failed: ${error?.message ?? error}` };
}
function isStackOverflow(error) {
  return error instanceof Error && (error.name === "InternalError" || /stack|recursion/i.test(error.message)) && !/unreachable/.test(error.message);
}

// src/engine/arguments.ts
var PRIVATE_MEMBERS = 4;
var PRIVATE_FLAG = 65536;
var MAX_NAME_LENGTH = 1024;
var MAX_STACK_BYTES = 4096;
var Arguments = class {
  /** Bytes of the text that was read last, before it was cut. */
  lastBytes = 0;
  exports;
  memory;
  out;
  argc;
  argv;
  constructor(exports, memory, out, argc, argv) {
    this.exports = exports;
    this.memory = memory;
    this.out = out;
    this.argc = argc;
    this.argv = argv;
  }
  number(index) {
    const value = this.at(index);
    return value !== 0 && this.exports.qjs_is_number(value) ? this.exports.qjs_get_float64(value) : 0;
  }
  /** A cut text is cut before it is read: the part of a host's string keeps the whole alive. */
  text(index, maxBytes = Number.POSITIVE_INFINITY) {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_string(value)) return "";
    const chars = this.exports.qjs_get_string_len(value, this.out);
    if (chars === 0) throw new OutOfMemory("a string did not fit");
    this.lastBytes = this.memory.readWord(this.out);
    const text = this.memory.readText(chars >>> 0, Math.min(this.lastBytes, maxBytes));
    this.exports.qjs_free_cstring(chars);
    return text;
  }
  name(index) {
    return this.text(index, MAX_NAME_LENGTH);
  }
  stack(index) {
    return this.text(index, MAX_STACK_BYTES);
  }
  classNumber(index) {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_object(value)) return 0;
    return this.exports.qjs_get_class_id(value) + (this.hasPrivateMembers(value) ? PRIVATE_FLAG : 0);
  }
  utf8(index) {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_string(value)) return this.exports.qjs_get_undefined();
    const chars = this.exports.qjs_get_string_len(value, this.out);
    if (chars === 0) throw new OutOfMemory("a string did not fit");
    const buffer = this.exports.qjs_new_array_buffer(chars, this.memory.readWord(this.out));
    this.exports.qjs_free_cstring(chars);
    return buffer;
  }
  decoded(index, encoding, fatal) {
    const value = this.at(index);
    if (value === 0 || !this.exports.qjs_is_array_buffer(value)) return this.exports.qjs_get_undefined();
    const at = this.exports.qjs_get_array_buffer(value, this.out) >>> 0;
    const bytes2 = this.memory.bytes.slice(at, at + this.memory.readWord(this.out));
    let text;
    try {
      text = new TextDecoder(encoding, { fatal, ignoreBOM: true }).decode(bytes2);
    } catch {
      return this.exports.qjs_get_undefined();
    }
    return this.newText(text);
  }
  newText(text) {
    return this.memory.withText(text, { at: 0, length: 0 }, (at, length) => this.exports.qjs_new_string(at, length));
  }
  newBytes(length, random) {
    const bytes2 = new Uint8Array(Math.min(Math.max(length | 0, 0), 1 << 20));
    random.fill(bytes2);
    const at = this.memory.allocate(bytes2.length + 1);
    this.memory.bytes.set(bytes2, at);
    const buffer = this.exports.qjs_new_array_buffer(at, bytes2.length);
    this.memory.free(at);
    return buffer;
  }
  /** Private members are properties under private names: the engine lists them without running anything. */
  hasPrivateMembers(value) {
    const context = this.exports.qjs_get_context_ptr();
    const boxed = new DataView(this.memory.bytes.buffer).getBigInt64(value, true);
    if (this.exports.JS_GetOwnPropertyNames(context, this.out, this.out + 4, boxed, PRIVATE_MEMBERS) !== 0)
      return false;
    const count = this.memory.readWord(this.out + 4);
    this.exports.JS_FreePropertyEnum(context, this.memory.readWord(this.out), count);
    return count > 0;
  }
  at(index) {
    return index < this.argc ? this.memory.readWord(this.argv + index * 4) : 0;
  }
};

// src/engine/in-flight.ts
var BYTES_IN_FLIGHT = 16 << 20;
var InFlight = class {
  bytes = /* @__PURE__ */ new Map();
  total = 0;
  /** Forgets all but what a run that goes on holds. */
  begin(held = []) {
    this.bytes.clear();
    this.total = 0;
    for (const [id, bytes2] of held) this.hold(id, bytes2);
  }
  /** What is held, for a delta. */
  save() {
    return [...this.bytes];
  }
  /** Whether a text may wait beside the others; a single one within its own limit always may. */
  fits(bytes2, limit2) {
    return bytes2 <= limit2 && (this.total === 0 || this.total + bytes2 <= BYTES_IN_FLIGHT);
  }
  hold(id, bytes2) {
    this.release(id);
    this.bytes.set(id, bytes2);
    this.total += bytes2;
  }
  release(id) {
    this.total -= this.bytes.get(id) ?? 0;
    this.bytes.delete(id);
  }
};

// src/engine/logs.ts
var sizeOf = (entry) => entry.type === "log" ? entry.values.length : entry.length;
var NOTHING2 = [];
var HEAD_SHARE = 0.75;
var LogWindow = class {
  entries = 0;
  bytes = 0;
  tail = [];
  tailBytes = 0;
  dropped = 0;
  maxEntries = 0;
  maxBytes = 0;
  begin(limits, state) {
    this.entries = state?.entries ?? 0;
    this.bytes = state?.bytes ?? 0;
    this.tail = [...state?.tail ?? NOTHING2];
    this.tailBytes = this.tail.reduce((bytes2, entry) => bytes2 + sizeOf(entry), 0);
    this.dropped = state?.dropped ?? 0;
    this.maxEntries = limits.logEntries;
    this.maxBytes = limits.logBytes;
  }
  /** For a delta; what is held back stays so. */
  save() {
    return { entries: this.entries, bytes: this.bytes, dropped: this.dropped, tail: [...this.tail] };
  }
  /** Gives the entry back if it may go out now. */
  take(entry) {
    const size = sizeOf(entry);
    const inHead = this.entries < this.maxEntries * HEAD_SHARE && this.bytes + size <= this.maxBytes * HEAD_SHARE;
    if (inHead && this.tail.length === 0 && this.dropped === 0) {
      this.entries++;
      this.bytes += size;
      return entry;
    }
    this.tail.push(entry);
    this.tailBytes += size;
    while (this.entries + this.tail.length > this.maxEntries || this.bytes + this.tailBytes > this.maxBytes) {
      const oldest = this.tail.shift();
      if (!oldest) break;
      this.tailBytes -= sizeOf(oldest);
      this.dropped++;
    }
    return void 0;
  }
  /** What was held back, and how many entries were dropped before it. */
  flush() {
    const held = this.dropped > 0 ? [{ type: "dropped", what: "log entries", count: this.dropped }, ...this.tail] : this.tail;
    this.entries += this.tail.length;
    this.bytes += this.tailBytes;
    this.tail = [];
    this.tailBytes = 0;
    this.dropped = 0;
    return held;
  }
};

// src/engine/random.ts
var QUOTA = 65536;
var platformRandom = {
  fill(bytes2) {
    for (let at = 0; at < bytes2.length; at += QUOTA) crypto.getRandomValues(bytes2.subarray(at, at + QUOTA));
  }
};
var SeededRandom = class _SeededRandom {
  words;
  constructor(words2) {
    this.words = words2.map((word2) => word2 | 0);
  }
  /** The sequence of a seed, from its beginning. */
  static begin(seed) {
    const random = new _SeededRandom(seed);
    random.fill(new Uint8Array(16));
    return random;
  }
  /** The rest of a sequence. */
  static goOn(words2) {
    return new _SeededRandom(words2);
  }
  fill(bytes2) {
    let [a = 0, b = 0, c = 0, d = 0] = this.words;
    for (let i = 0; i < bytes2.length; i++) {
      const sum = (a + b | 0) + d | 0;
      d = d + 1 | 0;
      a = b ^ b >>> 9;
      b = c + (c << 3) | 0;
      c = (c << 21 | c >>> 11) + sum | 0;
      bytes2[i] = sum & 255;
    }
    this.words = [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
  }
};

// src/engine/timer-set.ts
var KINDS = ["sleep", "sleepUntil", "setTimeout", "setInterval"];
function timerKind(said) {
  return KINDS.find((kind) => kind === said) ?? "setTimeout";
}
var TimerSet = class {
  all = /* @__PURE__ */ new Set();
  started = /* @__PURE__ */ new Map();
  stopped = [];
  get running() {
    return this.all.size;
  }
  /** Forgets all but the timers of a run that goes on. */
  begin(running = []) {
    this.all.clear();
    this.drain([]);
    for (const id of running) this.all.add(id);
  }
  /** The timers that run, for a delta. Only between turns. */
  save() {
    return [...this.all];
  }
  start(timer) {
    this.all.add(timer.id);
    this.started.set(timer.id, timer);
  }
  stop(id) {
    this.all.delete(id);
    if (!this.started.delete(id)) this.stopped.push(id);
  }
  woken(id) {
    this.all.delete(id);
  }
  /** Adds what the host has to know to the emissions of a turn. */
  drain(emissions) {
    for (const id of this.stopped) emissions.push({ type: "clear", id });
    this.stopped.length = 0;
    if (this.started.size === 0) return;
    emissions.push(...this.started.values());
    this.started.clear();
  }
};

// src/engine/writes.ts
var MAX_BYTES = 16 << 20;
var Writes = class {
  count = 0;
  check = () => "there are no objects of the host";
  bytes = 0;
  begin(count = 0) {
    this.count = count;
    this.bytes = 0;
  }
  /** The host takes what was written so far. */
  taken() {
    this.bytes = 0;
  }
  /** Counts a write; gives why it is refused, if it is. */
  take({ object: object2, property, text }, bytes2, limits) {
    const problem = this.overBudget(bytes2, limits) ?? this.check(object2, property, text);
    if (problem !== void 0) return problem;
    this.count++;
    this.bytes += bytes2;
    return void 0;
  }
  overBudget(bytes2, { toolInputBytes, writes }) {
    if (this.count >= writes) return `the run wrote to objects of the host more than ${writes} times`;
    if (bytes2 > toolInputBytes) return `the value is larger than ${toolInputBytes} bytes`;
    return this.bytes + bytes2 > MAX_BYTES ? `what was written since the last wait is larger than ${MAX_BYTES} bytes together` : void 0;
  }
};

// src/engine/bridge.ts
var CALL = 1;
var REFUSED = 2;
var TIMER = 3;
var CLEAR = 4;
var LOG = 5;
var YIELD = 6;
var SETTLED = 7;
var UNCAUGHT = 8;
var NAMES = 9;
var RANDOM = 10;
var ENCODE = 11;
var DECODE = 12;
var CLASS = 13;
var COMMENT = 14;
var SET = 15;
var PULL = 16;
var STOP = 17;
var MAX_TIMERS = 1e4;
var MAX_UNCAUGHT = 20;
var Bridge = class {
  emissions = [];
  settled;
  /** Ids of calls, yields, timers and parts of streams that the host still owes an answer. */
  outstanding = /* @__PURE__ */ new Set();
  logs = new LogWindow();
  calls = 0;
  yields = 0;
  writes = new Writes();
  timers = new TimerSet();
  uncaughtErrors = 0;
  /** The first call beyond the limit stands in the record for all further ones. */
  refusedId;
  overLimit = 0;
  inFlight = new InFlight();
  setup;
  random = platformRandom;
  exports;
  memory;
  meter;
  out;
  constructor(exports, memory, meter, out) {
    this.exports = exports;
    this.memory = memory;
    this.meter = meter;
    this.out = out;
  }
  begin(setup, delta) {
    this.setup = setup;
    this.random = setup.seeded ? SeededRandom.begin(setup.seed) : platformRandom;
    this.emissions = [];
    this.settled = void 0;
    this.timers.begin(delta?.timers);
    this.uncaughtErrors = delta?.uncaughtErrors ?? 0;
    this.refusedId = delta?.refusedId;
    this.overLimit = delta?.overLimit ?? 0;
    this.calls = delta?.calls ?? 0;
    this.yields = delta?.yields ?? 0;
    this.writes.begin(delta?.writes);
    this.outstanding.clear();
    for (const id of delta?.outstanding ?? []) this.outstanding.add(id);
    this.inFlight.begin(delta?.inFlight);
    this.logs.begin(setup.limits, delta?.logs);
  }
  /** Takes a repeating sequence up where it was. */
  goOnRandom({ random }) {
    if (random) this.random = SeededRandom.goOn(random);
  }
  /** What a run that goes on elsewhere needs of this half. Only between turns. */
  save() {
    return {
      outstanding: [...this.outstanding],
      timers: this.timers.save(),
      inFlight: this.inFlight.save(),
      calls: this.calls,
      yields: this.yields,
      writes: this.writes.count,
      ...this.refusedId !== void 0 && { refusedId: this.refusedId },
      overLimit: this.overLimit,
      uncaughtErrors: this.uncaughtErrors,
      ...this.random.words && { random: this.random.words },
      logs: this.logs.save()
    };
  }
  /** What came out since the last time. */
  drain() {
    const { emissions } = this;
    this.emissions = [];
    this.writes.taken();
    this.timers.drain(emissions);
    return emissions;
  }
  /** Forgets what came out since the last time. */
  drop() {
    this.drain();
    this.logs.flush();
  }
  /** What is told when the run is over: held-back logs, and how much was not told one by one. */
  close() {
    this.emissions.push(...this.logs.flush());
    const more = { calls: this.overLimit - 1, errors: this.uncaughtErrors - MAX_UNCAUGHT };
    if (more.calls > 0) this.emissions.push({ type: "dropped", what: "refused calls", count: more.calls });
    if (more.errors > 0) this.emissions.push({ type: "dropped", what: "uncaught errors", count: more.errors });
  }
  /** An answer arrived: false if nothing waits for it. */
  answered(id) {
    this.inFlight.release(id);
    return this.outstanding.delete(id);
  }
  /** A callback threw and nobody could catch it; describes it only if it will be told. */
  uncaught(describe2) {
    if (this.uncaughtErrors++ < MAX_UNCAUGHT) this.emissions.push({ type: "uncaught", error: describe2() });
  }
  /** Called by the guest: kind, id, name, then a text, number or object, then a stack. Returns a boxed value. */
  receive(argc, argv) {
    this.meter.check();
    const args = new Arguments(this.exports, this.memory, this.out, argc, argv);
    switch (args.number(0)) {
      case CALL:
        return this.call(args.number(1), args);
      case REFUSED:
        return this.refusedCall(args.number(1), args);
      case TIMER:
        return this.timer(args.number(1), args);
      case CLEAR:
        return this.clear(args.number(1));
      case LOG:
        return this.log(args);
      case YIELD:
        return this.yielded(args.number(1), args);
      case COMMENT:
        return this.comment(args);
      case SET:
        return this.write(args);
      case PULL:
        this.outstanding.add(args.number(1));
        return this.emit({ type: "pull", id: args.number(1), call: args.number(3) });
      case STOP:
        return this.emit({ type: "stop", call: args.number(1) });
      case SETTLED:
        this.settled ??= { fulfilled: args.number(1) === 1, text: args.text(3) };
        return this.exports.qjs_get_undefined();
      case UNCAUGHT:
        this.uncaught(() => args.text(3));
        return this.exports.qjs_get_undefined();
      default:
        return this.answer(args);
    }
  }
  answer(args) {
    switch (args.number(0)) {
      case NAMES:
        return args.newText(this.names(args.text(2)));
      case RANDOM:
        return args.newBytes(args.number(1), this.random);
      case ENCODE:
        return args.utf8(3);
      case DECODE:
        return args.decoded(3, args.text(2), args.number(1) === 1);
      case CLASS:
        return this.exports.qjs_new_number(args.classNumber(3));
      default:
        return this.exports.qjs_get_undefined();
    }
  }
  call(id, args) {
    const { limits } = this.settings();
    if (this.calls >= limits.toolCalls) return this.refuseOverLimit(id, args);
    const input = args.text(3);
    const bytes2 = args.lastBytes;
    this.calls++;
    if (!this.inFlight.fits(bytes2, limits.toolInputBytes)) return this.refuseInput(id, args, bytes2);
    this.hold(id, bytes2);
    return this.emit({ type: "call", id, tool: args.name(2), input, stack: args.stack(4) });
  }
  refusedCall(id, args) {
    if (this.calls >= this.settings().limits.toolCalls) return this.refuseOverLimit(id, args);
    this.calls++;
    return this.emit({ type: "refused", id, tool: args.name(2), failure: args.text(3), stack: args.stack(4) });
  }
  refuseInput(id, args, bytes2) {
    const { toolInputBytes } = this.settings().limits;
    const message = bytes2 > toolInputBytes ? `the input is larger than ${toolInputBytes} bytes` : `the inputs of the calls that wait for an answer are larger than ${BYTES_IN_FLIGHT} bytes together`;
    const failure = JSON.stringify({ name: "CallError", code: "input_limit", message });
    this.emissions.push({ type: "refused", id, tool: args.name(2), failure, stack: args.stack(4) });
    return args.newText(failure);
  }
  refuseOverLimit(id, args) {
    this.overLimit++;
    const first = this.refusedId === void 0;
    this.refusedId ??= id;
    const message = `the run made more than ${this.settings().limits.toolCalls} calls`;
    const failure = JSON.stringify({ name: "CallError", code: "call_limit", message, call: this.refusedId });
    if (first) this.emissions.push({ type: "refused", id, tool: args.name(2), failure, stack: args.stack(4) });
    return args.newText(failure);
  }
  hold(id, bytes2) {
    this.outstanding.add(id);
    this.inFlight.hold(id, bytes2);
  }
  timer(id, args) {
    if (!this.outstanding.has(id)) {
      if (this.timers.running >= MAX_TIMERS) return this.exports.qjs_get_false();
      this.outstanding.add(id);
    }
    const what = timerKind(args.name(2));
    this.timers.start({ type: "timer", id, what, delayMs: args.number(3), stack: args.stack(4) });
    return this.exports.qjs_get_true();
  }
  clear(id) {
    if (this.outstanding.delete(id)) this.timers.stop(id);
    return this.exports.qjs_get_undefined();
  }
  /** Whether a timer that is due still runs. An interval asks for its next time at once. */
  woken(id) {
    if (!this.outstanding.delete(id)) return false;
    this.timers.woken(id);
    return true;
  }
  yielded(id, args) {
    const { limits } = this.settings();
    if (this.yields >= limits.yields) {
      this.meter.reached = { code: "yield_limit", message: `the run yielded more than ${limits.yields} times` };
      this.meter.check();
    }
    const value = args.text(3);
    const bytes2 = args.lastBytes;
    if (!this.inFlight.fits(bytes2, limits.resultBytes)) {
      const message = "the yielded values that wait for an answer are too large together";
      return args.newText(JSON.stringify({ name: "CallError", code: "result_limit", message }));
    }
    this.yields++;
    this.hold(id, bytes2);
    return this.emit({ type: "yield", id, value, stack: args.stack(4) });
  }
  log(args) {
    const entry = this.logs.take({
      type: "log",
      level: args.name(2),
      values: args.text(3),
      stack: args.stack(4),
      at: Date.now()
    });
    if (entry) this.emissions.push(entry);
    return this.exports.qjs_get_undefined();
  }
  comment(args) {
    const length = Math.max(0, args.number(3));
    const entry = this.logs.take({ type: "comment", index: args.number(1), length });
    if (entry) this.emissions.push(entry);
    return this.exports.qjs_get_undefined();
  }
  write(args) {
    const name = args.name(2);
    const dot = name.lastIndexOf(".");
    const object2 = name.slice(0, Math.max(dot, 0));
    const property = name.slice(dot + 1);
    const value = args.text(3);
    const problem = this.writes.take({ object: object2, property, text: value }, args.lastBytes, this.settings().limits);
    if (problem !== void 0) return args.newText(problem);
    return this.emit({ type: "set", object: object2, property, value, stack: args.stack(4) });
  }
  emit(emission) {
    this.emissions.push(emission);
    return this.exports.qjs_get_undefined();
  }
  names(path) {
    const prefix = path === "" ? "" : `${path}.`;
    const children = /* @__PURE__ */ new Set();
    for (const name of this.settings().toolNames) {
      if (name.startsWith(prefix)) children.add(name.slice(prefix.length).split(".", 1)[0] ?? "");
    }
    return JSON.stringify([...children]);
  }
  settings() {
    if (!this.setup) throw new Error("the machine has no run");
    return this.setup;
  }
};

// src/engine/delta.ts
var MAX_GAP = 2;
var SHORT_RUN = 64;
var STEP = 8;
function encodeDelta(image, memory, from, idle = []) {
  const runs = new Runs(memory, from);
  let at = from;
  for (const range of idle) {
    addChanges(image, memory, { from: at, to: range.from }, runs);
    at = range.to;
  }
  addChanges(image, memory, { from: at, to: memory.length }, runs);
  return runs.bytes();
}
function addChanges(image, memory, { from, to }, runs) {
  for (let at = nextChange(image, memory, from, to); at < to; ) {
    const start = at;
    let stop = at + 1;
    for (at = nextChange(image, memory, stop, to); at < to && at - stop <= MAX_GAP; ) {
      stop = at + 1;
      at = nextChange(image, memory, stop, to);
    }
    runs.add(start, stop);
  }
}
var Runs = class {
  memory;
  out = new Int32Array(4096);
  length = 0;
  end;
  constructor(memory, from) {
    this.memory = memory;
    this.end = from;
  }
  /** Adds the changed words from `start` to before `stop`. */
  add(start, stop) {
    const { end, length } = this;
    const needed = length + 2 + stop - start;
    if (needed > this.out.length) this.out = enlarged(this.out, needed);
    this.out[length] = start - end;
    this.out[length + 1] = stop - start;
    copyWords(this.memory, start, stop - start, { out: this.out, at: length + 2 });
    this.length = needed;
    this.end = stop;
  }
  bytes() {
    return new Uint8Array(this.out.buffer, 0, this.length * 4).slice();
  }
};
function applyDelta(words2, memory, from) {
  if (words2.length % 4 !== 0) throw new RangeError("a delta is made of whole words");
  const runs = words2.byteOffset % 4 === 0 ? new Int32Array(words2.buffer, words2.byteOffset, words2.length / 4) : new Int32Array(words2.slice().buffer);
  forEachRun(runs, memory.length, from, () => void 0);
  forEachRun(runs, memory.length, from, (at, start, count) => copyWords(runs, at, count, { out: memory, at: start }));
}
function copyWords(from, start, count, to) {
  const { at, out } = to;
  if (count > SHORT_RUN) out.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) out[at + i] = from[start + i] ?? 0;
}
function forEachRun(runs, limit2, from, take) {
  let position = from;
  for (let at = 0; at < runs.length; ) {
    const start = position + ((runs[at] ?? 0) >>> 0);
    const count = (runs[at + 1] ?? 0) >>> 0;
    position = start + count;
    if (at + 2 + count > runs.length || position > limit2) throw new RangeError("a delta reaches past its end");
    take(at + 2, start, count);
    at += 2 + count;
  }
}
function nextChange(image, memory, from, to) {
  const shared = Math.min(image.length, to);
  let at = from;
  while (at + STEP <= shared && isStepSame(image, memory, at)) at += STEP;
  while (at < shared && image[at] === memory[at]) at++;
  if (at < shared) return at;
  while (at < to && memory[at] === 0) at++;
  return at;
}
function isStepSame(image, memory, at) {
  return image[at] === memory[at] && image[at + 1] === memory[at + 1] && image[at + 2] === memory[at + 2] && image[at + 3] === memory[at + 3] && image[at + 4] === memory[at + 4] && image[at + 5] === memory[at + 5] && image[at + 6] === memory[at + 6] && image[at + 7] === memory[at + 7];
}
function enlarged(words2, needed) {
  const larger = new Int32Array(Math.max(needed, words2.length * 2));
  larger.set(words2);
  return larger;
}

// src/engine/guest.ts
var NAME_BYTES = 256;
var Guest = class {
  exports;
  memory;
  image;
  isStopped;
  /** `isStopped` tells whether a limit was reached, after which entry points may come to nothing. */
  constructor(exports, memory, image, isStopped) {
    this.exports = exports;
    this.memory = memory;
    this.image = image;
    this.isStopped = isStopped;
  }
  /** Sets what is new whenever a machine takes up a run; `originMs` is 0 for one that goes on. */
  begin(originMs, { limits, seed }) {
    const [a = 0, b = 0, c = 0, d = 0] = seed;
    const numbers = [originMs, a, b, c, d, limits.toolInputBytes, limits.resultBytes, limits.logBytes];
    this.callAndFree(
      "begin",
      numbers.map((value) => this.exports.qjs_new_number(value))
    );
  }
  /** Gives the program what only some programs have. */
  furnish({ allowEval, functions, globals = "", input = "", objects = "" }) {
    if (!allowEval && globals === "" && input === "" && objects === "") return;
    const texts = [input, globals, JSON.stringify(functions), objects].map((text) => this.newText(text));
    this.callAndFree("furnish", [this.exports.qjs_new_number(allowEval ? 1 : 0), ...texts]);
  }
  /** Evaluates a program's text and calls it: gives its promise, or why the engine did not take it. */
  evaluate(start) {
    const { exports, image, memory } = this;
    const { at, length } = image.layout.scratch;
    const name = { at, length: NAME_BYTES };
    const rest = { at: at + NAME_BYTES, length: length - NAME_BYTES };
    const outer = memory.withText(
      start.fileName,
      name,
      (file) => memory.withText(start.text, rest, (text, bytes2) => exports.qjs_eval(text, bytes2, file, 0))
    );
    if (exports.qjs_is_exception(outer)) return { refused: this.exception() };
    const program = this.apply(outer, [this.entry("watch"), this.entry("aid")]);
    const begun = this.apply(program, []);
    const promise = start.form === "generator" ? this.call("drive", [begun]) : begun;
    for (const box of [outer, program, ...promise === begun ? [] : [begun]]) exports.qjs_free_value(box);
    if (exports.qjs_is_exception(promise)) return { refused: this.exception() };
    this.follow(promise, start.session === true);
    return { promise };
  }
  /** Settles a call, a yield or a pull. */
  deliver(delivery) {
    const text = this.newText(delivery.text);
    const { exports } = this;
    this.callAndFree("deliver", [exports.qjs_new_number(delivery.id), exports.qjs_new_number(howOf(delivery)), text]);
  }
  /** Runs the callback of a timer that is due. */
  wake(timer) {
    this.callAndFree("wake", [this.exports.qjs_new_number(timer)]);
  }
  /** Forgets the calls and timers of an earlier program of the session. */
  renew() {
    this.callAndFree("renew", []);
  }
  /** What was thrown, as JSON. */
  describe(value) {
    return this.takeText(this.call("describe", [value]));
  }
  /** The text that an entry point answers with. Throws OutOfMemory where there is none. */
  text(entry, numbers = []) {
    const args = numbers.map((value) => this.exports.qjs_new_number(value));
    const text = this.takeText(this.call(entry, args));
    for (const box of args) this.exports.qjs_free_value(box);
    return text;
  }
  follow(promise, session) {
    const { exports } = this;
    const settlers = session ? [this.settler(1), this.settler(0)] : [];
    const [onFulfilled = this.entry("fulfilled"), onRejected = this.entry("rejected")] = settlers;
    exports.qjs_free_value(exports.qjs_promise_then(promise, onFulfilled, onRejected));
    for (const box of settlers) exports.qjs_free_value(box);
  }
  settler(kind) {
    const { exports } = this;
    const box = exports.qjs_new_number(kind);
    const settler = this.call("settler", [box]);
    exports.qjs_free_value(box);
    if (exports.qjs_is_exception(settler)) throw new OutOfMemory("the guest's heap is full");
    return settler;
  }
  exception() {
    const error = this.exports.qjs_get_exception();
    const text = this.describe(error);
    this.exports.qjs_free_value(error);
    return text;
  }
  callAndFree(entry, args) {
    this.finish(this.call(entry, args));
    for (const box of args) this.exports.qjs_free_value(box);
  }
  call(entry, args) {
    return this.apply(this.entry(entry), args);
  }
  /** An older build's prelude may lack what a newer host knows. */
  entry(name) {
    const entry = this.image.layout.entries[name];
    if (!entry) throw new Error(`this build of the engine is too old to "${name}"`);
    return entry;
  }
  apply(fn, args) {
    const { argv, undefined: self } = this.image.layout;
    for (let i = 0; i < args.length; i++) this.memory.writeWord(argv + i * 4, args[i] ?? 0);
    return this.exports.qjs_call(fn, self, args.length, argv);
  }
  /** Frees what an entry point returned. Our own guest code throws only where memory or stack gave out. */
  finish(result) {
    const failed = this.exports.qjs_is_exception(result);
    this.exports.qjs_free_value(result);
    if (failed && !this.isStopped()) throw new OutOfMemory("the guest's heap is full");
  }
  takeText(value) {
    const { exports, image, memory } = this;
    const chars = exports.qjs_is_string(value) ? exports.qjs_get_string_len(value, image.layout.out) : 0;
    exports.qjs_free_value(value);
    if (chars === 0) throw new OutOfMemory("the guest's heap is full");
    const text = memory.readText(chars >>> 0, memory.readWord(image.layout.out));
    exports.qjs_free_cstring(chars);
    return text;
  }
  newText(text) {
    return this.memory.withText(
      text,
      this.image.layout.scratch,
      (at, length) => this.exports.qjs_new_string(at, length)
    );
  }
};
function howOf({ as, fulfilled }) {
  if (!fulfilled) return 0;
  return as === "stream" ? 2 : as === "end" ? 3 : 1;
}

// src/engine/memory-delta.ts
function memoryDelta({ layout }, image, memory) {
  const { heap, scratch, stackPointer } = layout;
  const idle = forgetIdle(image, memory, heap);
  idle.push({ from: scratch.at >>> 2, to: scratch.at + scratch.length >>> 2 });
  idle.sort((a, b) => a.from - b.from);
  return encodeDelta(image, memory, stackPointer >>> 2, idle);
}

// src/engine/rejections.ts
var MAX_TRACKED = 1e4;
var Rejections = class {
  exports;
  /** Boxes by the address of the promise. */
  tracked = /* @__PURE__ */ new Map();
  constructor(exports) {
    this.exports = exports;
  }
  get size() {
    return this.tracked.size;
  }
  /** The engine tells of a rejection, or that one is handled after all; both boxes are handed over. */
  track(promise, reason, handled) {
    const { exports, tracked } = this;
    const key = exports.qjs_get_value_ptr(promise);
    const known = tracked.get(key);
    if (!handled && !known && tracked.size < MAX_TRACKED) {
      tracked.set(key, { promise, reason });
      return;
    }
    this.free(promise, reason);
    if (!handled || !known) return;
    tracked.delete(key);
    this.free(known.promise, known.reason);
  }
  /** The first reasons, at most that many. */
  reasons(most) {
    return [...this.tracked.values()].slice(0, most).map(({ reason }) => reason);
  }
  /** The boxes as a flat list of pairs, for a delta. */
  save() {
    return [...this.tracked.values()].flatMap(({ promise, reason }) => [promise, reason]);
  }
  /** Takes over the boxes of a loaded memory. */
  load(pairs) {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const [promise = 0, reason = 0] = pairs.slice(i, i + 2);
      this.tracked.set(this.exports.qjs_get_value_ptr(promise), { promise, reason });
    }
  }
  /** Lets all go, in a memory that lives on. */
  release() {
    for (const { promise, reason } of this.tracked.values()) this.free(promise, reason);
    this.tracked.clear();
  }
  /** Forgets all, as their memory is about to be rewound. */
  clear() {
    this.tracked.clear();
  }
  free(promise, reason) {
    this.exports.qjs_free_value(promise);
    this.exports.qjs_free_value(reason);
  }
};

// src/engine/timezone.ts
var formats = /* @__PURE__ */ new Map();
function zoneOffsetSeconds(timezone, epochSeconds) {
  const parts = {};
  for (const { type, value } of formatOf(timezone).formatToParts(epochSeconds * 1e3)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Math.round(Date.UTC(year, month - 1, day, hour % 24, minute, second) / 1e3 - epochSeconds);
}
function formatOf(timezone) {
  let format = formats.get(timezone);
  if (!format) {
    const fields = {
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric"
    };
    format = new Intl.DateTimeFormat("en-US", { ...fields, timeZone: timezone, hourCycle: "h23" });
    formats.set(timezone, format);
  }
  return format;
}

// src/engine/tracked.ts
var VARIABLE_BYTES = 64 * 1024;
var LEAST_BYTES = 16;
var MAX_MARKS = 1024;
var KINDS2 = { f: "function", p: "promise" };
function readTracked(call, maxBytes) {
  let text;
  try {
    text = call.observe();
  } catch {
    return void 0;
  }
  const [names, lines] = text.split(";");
  const variables = [];
  let left = maxBytes;
  let lost = false;
  for (const [index, item] of itemsOf(names).entries()) {
    const [name, said] = item.split("=");
    const bytes2 = Math.min(VARIABLE_BYTES, left);
    const variable = lost && said === void 0 ? omitted(name, "it was not read in time") : read(call, { index, name, bytes: bytes2, said });
    lost ||= variable === void 0;
    left -= variable && "text" in variable ? variable.text.length : 0;
    if (variable !== NOT_YET) variables.push(variable ?? omitted(name, "reading it took too much time or memory"));
  }
  return { variables, lines: itemsOf(lines).map(lineOf) };
}
var itemsOf = (list) => list.split(",").slice(0, -1);
function lineOf(text) {
  const [line, times] = text.split(":");
  return [Number(line), Number(times)];
}
var NOT_YET = { name: "", kind: "omitted" };
function read(call, { bytes: bytes2, index, name, said }) {
  if (bytes2 < LEAST_BYTES) return omitted(name, "the variables are too large together");
  let text = said;
  try {
    text ??= call.observed(index, bytes2);
  } catch {
    return void 0;
  }
  if (text.length > bytes2 * 2 + MAX_MARKS) return omitted(name, `larger than ${bytes2} bytes`);
  const [letter, rest] = [text[0], text.slice(1)];
  if (letter === "-") return NOT_YET;
  if (letter === "f" || letter === "p") return { name, kind: KINDS2[letter] };
  return letter === "v" ? { name, text: rest } : omitted(name, rest);
}
function omitted(name, reason) {
  return { name, kind: "omitted", reason };
}

// src/engine/machine.ts
var STACK_MARGIN_BYTES = 64 * 1024;
var GC_BYTES = 1 << 20;
var MAX_REJECTIONS = 10;
var READ_MS = 1e3;
var PENDING = 0;
var Machine = class {
  /** False once anything but an ordinary exception happened: the machine must be thrown away. */
  sound = true;
  /** The clock of the run if it is fixed; its host moves it. */
  clockMs;
  clockSkewMs = 0;
  /** Whether guest code was left by an exception of the host. */
  torn = false;
  timezone;
  program = 0;
  setup;
  image;
  imageWords;
  exports;
  memory;
  meter;
  bridge;
  guest;
  stackBytes;
  rejections;
  constructor(module, image, stackBytes) {
    this.image = image;
    this.imageWords = new Int32Array(image.memory.buffer);
    this.stackBytes = stackBytes;
    this.exports = instantiate(module, {
      call: (argc, argv) => this.bridge.receive(argc, argv >>> 0),
      interrupt: () => this.meter.poll(),
      rejection: (promise, reason, handled) => this.rejections.track(promise, reason, handled),
      nowMs: () => this.clockMs ?? Date.now() + this.clockSkewMs,
      timezoneOffset: (seconds) => this.timezone ? zoneOffsetSeconds(this.timezone, seconds) : 0
    });
    const { layout } = image;
    const initial = this.exports.memory.buffer.byteLength;
    if (initial / PAGE < layout.pages) this.exports.memory.grow(layout.pages - initial / PAGE);
    this.memory = new Memory(this.exports);
    this.rejections = new Rejections(this.exports);
    this.meter = new Meter(() => this.memory.readWord(layout.heapSize));
    this.bridge = new Bridge(this.exports, this.memory, this.meter, layout.out);
    this.guest = new Guest(this.exports, this.memory, image, () => this.meter.reached !== void 0);
    this.fillFresh(initial);
    this.exports.qjs_set_runtime_and_context(layout.runtime, layout.context);
    this.exports.__stack_pointer.value = layout.stackPointer;
  }
  /** Whether the machine can serve another run: sound, and not grown past its image. */
  get reusable() {
    return this.sound && this.memory.size === this.image.memory.length;
  }
  /** Brings the machine back to the boot image. `thoroughly` clears the part of the stack that no run reaches, too. */
  rewind(thoroughly = false) {
    const { layout, memory, stretches } = this.image;
    const { bytes: bytes2 } = this.memory;
    const stackEnd = layout.stackPointer - this.stackBytes - STACK_MARGIN_BYTES;
    this.memory.clear(thoroughly ? 0 : stackEnd, layout.stackPointer);
    for (const { end, start, zero } of stretches) {
      if (zero) this.memory.clear(start, end);
      else bytes2.set(memory.subarray(start, end), start);
    }
    this.exports.__stack_pointer.value = layout.stackPointer;
    this.rejections.clear();
    this.program = 0;
  }
  /** Writes the image over a memory that is all zeros but for its first bytes: what is not written takes no room. */
  fillFresh(initialBytes) {
    const { memory, stretches } = this.image;
    for (const { end, start, zero } of stretches) {
      if (!zero) this.memory.bytes.set(memory.subarray(start, end), start);
      else if (start < initialBytes) this.memory.bytes.fill(0, start, Math.min(end, initialBytes));
    }
  }
  /** What decides about writes to host objects; set for each run. */
  set checkWrite(check2) {
    this.bridge.writes.check = check2;
  }
  /** Starts a program and runs it until it is quiet. The machine is rewound, or holds the earlier programs of its session. */
  start(start, setup, wallLeftMs) {
    this.settle(setup);
    return this.turn(wallLeftMs, () => {
      if (start.session) this.renew();
      this.guest.begin(start.originMs, setup);
      this.guest.furnish(start);
      return this.evaluate(start);
    });
  }
  /** Settles a call, a yield or a pull, then runs until quiet. */
  deliver(delivery, wallLeftMs) {
    return this.turn(wallLeftMs, () => {
      if (!this.bridge.answered(delivery.id)) return void 0;
      this.guest.deliver(delivery);
      return void 0;
    });
  }
  /** Runs the callback of a timer that is due, then runs until quiet. */
  wake(timer, wallLeftMs) {
    return this.turn(wallLeftMs, () => {
      if (!this.bridge.woken(timer)) return void 0;
      this.guest.wake(timer);
      return void 0;
    });
  }
  /**
   * Reads the variables of a session, up to that many bytes of their values; 0 reads none, and runs nothing of the
   * guest's. The machine is to be thrown away or rewound afterwards.
   */
  variables(wallLeftMs, maxBytes) {
    const { meter } = this;
    let text;
    const broken = this.guarded(() => {
      meter.enter(wallLeftMs);
      text = this.guest.text("sessionVariables", [maxBytes > 0 ? 1 : 0, maxBytes]);
    });
    meter.leave();
    const breakdown = broken ?? meter.reached;
    if (breakdown) this.sound = false;
    return breakdown ? { breakdown } : { ...text !== void 0 && { text } };
  }
  /**
   * The run's state as a delta; the machine may be rewound afterwards. Only between turns. With `collect`, cycles that
   * nothing refers to any more are let go first: a millisecond or more that makes it smaller.
   */
  save(collect2 = false) {
    if (collect2) this.exports.qjs_run_gc();
    const words2 = memoryDelta(this.image, this.imageWords, this.memory.words);
    return { ...this.state(), words: words2 };
  }
  /** What is known of the run beside its memory. Only between turns. */
  state() {
    return {
      ...this.bridge.save(),
      pages: this.memory.size / PAGE,
      engine: this.image.engine,
      program: this.program,
      rejections: this.rejections.save(),
      spent: this.meter.spent()
    };
  }
  /** The memory where other threads can read it; another object once it grew. */
  get sharedMemory() {
    const { buffer } = this.memory;
    return typeof SharedArrayBuffer === "function" && buffer instanceof SharedArrayBuffer ? buffer : void 0;
  }
  /**
   * The delta of another machine of this build, from its memory: that one may be out of reach, but must stand still.
   * The memory is tidied.
   */
  deltaOf(state, memory) {
    return { ...state, words: memoryDelta(this.image, this.imageWords, new Int32Array(memory)) };
  }
  /**
   * Takes up a run where `save` left it. The machine must be rewound. With `goesOn` nothing shows it: clock and
   * randomness go on too, else they are set anew. Throws RangeError if the delta doesn't fit.
   */
  load(delta, setup, goesOn2 = false) {
    const { exports, image, memory } = this;
    const pages = memory.size / PAGE;
    if (delta.pages > pages && exports.memory.grow(delta.pages - pages) < 0) throw new RangeError("no memory");
    applyDelta(delta.words, memory.words, image.layout.stackPointer >>> 2);
    this.settle(setup, delta);
    this.program = delta.program;
    this.rejections.load(delta.rejections);
    if (goesOn2) this.bridge.goOnRandom(delta);
    else this.guest.begin(0, setup);
  }
  /**
   * What a tracked program holds and which lines it ran; undefined if the machine can't tell any more. Reading runs
   * getters and proxies of the guest, so nothing may go on in this machine afterwards: save before.
   */
  observe() {
    if (this.torn) return void 0;
    const { bridge, meter, setup } = this;
    let tracked;
    const call = {
      observe: () => this.ask("observe", []),
      observed: (...numbers) => this.ask("observed", numbers)
    };
    const inTime = meter.aside(READ_MS, () => {
      tracked = readTracked(call, setup?.limits.resultBytes ?? 0);
    });
    if (!inTime) this.sound = false;
    bridge.drop();
    return tracked;
  }
  settle(setup, delta) {
    this.setup = setup;
    this.exports.qjs_set_memory_limit(setup.limits.memoryBytes);
    this.exports.qjs_set_max_stack_size(this.stackBytes);
    this.exports.qjs_set_gc_threshold(Math.min(GC_BYTES, setup.limits.memoryBytes / 4));
    this.clockMs = setup.nowMs;
    this.clockSkewMs = Math.round(setup.clockSkewMs ?? 0);
    this.timezone = setup.timezone;
    this.bridge.begin(setup, delta);
    this.meter.begin(setup.limits, delta?.spent);
  }
  /** One visit: `enter` runs guest code, then jobs run until none is left, the program settles, or a limit is reached. */
  turn(wallLeftMs, enter) {
    const { bridge, meter } = this;
    let refused;
    let settlement;
    let deadlock;
    const broken = this.guarded(() => {
      meter.enter(wallLeftMs);
      refused = enter();
      if (refused === void 0) this.pump();
      if (bridge.settled) settlement = this.settlement(bridge.settled);
      else if (refused === void 0 && bridge.outstanding.size === 0) deadlock = this.deadlock();
    });
    meter.leave();
    const breakdown = broken ?? meter.reached;
    if (breakdown) this.sound = false;
    const over = breakdown ?? refused ?? settlement ?? deadlock;
    if (over !== void 0) bridge.close();
    const emissions = bridge.drain();
    const ran = breakdown !== void 0 || over !== void 0 && refused === void 0;
    const tracked = this.setup?.track && ran ? this.observe() : void 0;
    return {
      emissions,
      spent: meter.spent(),
      ...tracked && { tracked },
      ...breakdown && { breakdown },
      ...!breakdown && refused !== void 0 && { refused },
      ...!breakdown && settlement && { settled: settlement },
      ...!breakdown && deadlock && { deadlock }
    };
  }
  /** Runs jobs one by one under the clock, until the program settles or nothing is left to run. */
  pump() {
    const { bridge, exports, meter } = this;
    while (!bridge.settled && exports.qjs_is_job_pending()) {
      if (meter.overdue()) return;
      if (exports.qjs_execute_pending_job() < 0) {
        const error = exports.qjs_get_exception();
        if (!meter.reached) bridge.uncaught(() => this.guest.describe(error));
        exports.qjs_free_value(error);
      }
    }
  }
  evaluate(start) {
    const evaluated = this.guest.evaluate(start);
    if ("refused" in evaluated) return evaluated.refused;
    this.program = evaluated.promise;
    return void 0;
  }
  /** Lets go of what an earlier program of the session left. */
  renew() {
    if (this.program !== 0) this.exports.qjs_free_value(this.program);
    this.program = 0;
    this.rejections.release();
    this.guest.renew();
  }
  settlement(settled) {
    const unhandled = this.rejections.reasons(MAX_REJECTIONS).map((reason) => this.guest.describe(reason));
    return { ...settled, unhandled, moreUnhandled: this.rejections.size - unhandled.length };
  }
  /** Quiet with nothing outstanding. A program that settled without saying so failed while its value was encoded. */
  deadlock() {
    if (this.exports.qjs_promise_state(this.program) !== PENDING) {
      throw new OutOfMemory("the program's value did not fit");
    }
    return { line: Number(this.guest.text("position")) };
  }
  /** Runs `use`; what is not an ordinary guest exception ends the machine and says why. */
  guarded(use) {
    try {
      use();
      return void 0;
    } catch (error) {
      this.sound = false;
      this.torn = true;
      return breakdownOf(error, this.meter.reached);
    }
  }
  /** The text that an entry point answers with. Throws, and the machine is unsound, where it does not. */
  ask(entry, numbers) {
    let text;
    const broken = this.guarded(() => {
      text = this.guest.text(entry, numbers);
    });
    if (text === void 0) throw new Error(broken?.message ?? "no answer");
    return text;
  }
};

// src/engine/engine.ts
var SLACK_BYTES = 8 << 20;
var EXPORTS = new Set(Object.keys(ENGINE_EXPORTS));

// src/engine/packed.ts
var HEAD_BYTES = 8;
var ZERO = 0;
var MINUS_ONE = 1;
var BYTE = 2;
var TWO_BYTES = 3;
var ADDRESS = 4;
var WHOLE = 5;
var NEAR = 6;
var AROUND = 7;
var SHIFTED = 8;
var HIGH2 = 9;
var WIDTHS = Uint8Array.of(0, 0, 1, 2, 3, 4, 1, 2, 2, 2);
var encoder2 = new TextEncoder();
var decoder2 = new TextDecoder();
var PACKED = {
  outstanding: true,
  timers: true,
  inFlight: true,
  calls: true,
  yields: true,
  writes: true,
  refusedId: true,
  overLimit: true,
  uncaughtErrors: true,
  random: true,
  logs: true,
  pages: true,
  program: true,
  rejections: true,
  spent: true
};
var BOOKS = Object.keys(PACKED);
function packDelta(delta) {
  const text = encoder2.encode(JSON.stringify(BOOKS.map((name) => delta[name])));
  const words2 = wordsOf(delta.words);
  const start = HEAD_BYTES + text.length;
  const out = new Uint8Array(start + (words2.length + 1) * 5);
  const head = new DataView(out.buffer);
  head.setUint32(0, words2.length, true);
  head.setUint32(4, text.length, true);
  out.set(text, HEAD_BYTES);
  return out.slice(0, packWords(words2, out, start));
}
function unpackDelta(packed, engine) {
  const head = new DataView(packed.buffer, packed.byteOffset, HEAD_BYTES);
  const words2 = new Int32Array(head.getUint32(0, true));
  const start = HEAD_BYTES + head.getUint32(4, true);
  unpackWords(packed, start, words2);
  const values = JSON.parse(decoder2.decode(packed.subarray(HEAD_BYTES, start)));
  const books = Object.fromEntries(BOOKS.flatMap((name, at) => values[at] === null ? [] : [[name, values[at]]]));
  return { ...books, engine, words: new Uint8Array(words2.buffer) };
}
function packWords(words2, out, start) {
  let at = start + (words2.length + 1 >>> 1);
  let last = 0;
  for (let index = 0; index < words2.length; index++) {
    const word2 = words2[index] ?? 0;
    const kind = kindOf(word2, last);
    const half = start + (index >>> 1);
    out[half] = (out[half] ?? 0) | kind << (index & 1) * 4;
    let rest = restOf(kind, word2, last);
    for (let left = WIDTHS[kind] ?? 0; left > 0; left--) {
      out[at++] = rest;
      rest >>>= 8;
    }
    if (isAddress(word2)) last = word2;
  }
  return at;
}
function unpackWords(packed, start, words2) {
  let at = start + (words2.length + 1 >>> 1);
  let last = 0;
  for (let index = 0; index < words2.length; index++) {
    const kind = (packed[start + (index >>> 1)] ?? 0) >>> (index & 1) * 4 & 15;
    const width = WIDTHS[kind] ?? 0;
    let rest = 0;
    for (let read2 = 0; read2 < width; read2++) rest |= (packed[at++] ?? 0) << read2 * 8;
    const word2 = wordOf(kind, rest, last);
    words2[index] = word2;
    if (isAddress(word2)) last = word2;
  }
}
function kindOf(word2, last) {
  if (word2 === 0) return ZERO;
  if (word2 === -1) return MINUS_ONE;
  if (isAddress(word2)) return addressKind(word2, word2 - last);
  if (word2 > 0 && word2 < 65536) return word2 < 256 ? BYTE : TWO_BYTES;
  return (word2 & 65535) === 0 ? HIGH2 : WHOLE;
}
function addressKind(word2, distance) {
  if (distance >= -128 && distance < 128) return NEAR;
  if ((word2 & 255) === 0) return SHIFTED;
  return distance >= -32768 && distance < 32768 ? AROUND : ADDRESS;
}
function restOf(kind, word2, last) {
  switch (kind) {
    case NEAR:
    case AROUND:
      return word2 - last;
    case SHIFTED:
      return word2 >>> 8;
    case HIGH2:
      return word2 >>> 16;
    default:
      return word2;
  }
}
function wordOf(kind, rest, last) {
  switch (kind) {
    case MINUS_ONE:
      return -1;
    case NEAR:
      return last + (rest << 24 >> 24);
    case AROUND:
      return last + (rest << 16 >> 16);
    case SHIFTED:
      return rest << 8;
    case HIGH2:
      return rest << 16;
    default:
      return rest;
  }
}
var isAddress = (word2) => word2 >= 65536 && word2 < 16777216;
function wordsOf(bytes2) {
  const { buffer, byteOffset, length } = bytes2.byteOffset % 4 === 0 ? bytes2 : bytes2.slice();
  return new Int32Array(buffer, byteOffset, length >>> 2);
}
var MAX_PACKED_BYTES = 64 * 1024;
function keptDelta(delta) {
  return delta.words.length > MAX_PACKED_BYTES ? delta : { engine: delta.engine, packed: packDelta(delta) };
}
function unkeptDelta(kept) {
  return "packed" in kept ? unpackDelta(kept.packed, kept.engine) : kept;
}

// src/language/code-frame.ts
var CONTEXT_LINES = 2;
var MAX_WIDTH = 120;
function codeFrame(source, line, column) {
  const lines = source.split(/\r\n?|\n/);
  const at = Math.min(Math.max(Math.trunc(line) || 1, 1), lines.length);
  const first = Math.max(1, at - CONTEXT_LINES);
  const last = Math.min(lines.length, at + CONTEXT_LINES);
  const digits = String(last).length;
  const cut2 = column === void 0 ? 0 : cutStart(lines[at - 1] ?? "", column);
  const frame = [];
  for (let number = first; number <= last; number++) {
    const text = window(lines[number - 1] ?? "", cut2);
    frame.push(`${number === at ? ">" : " "} ${String(number).padStart(digits)} | ${text}`.trimEnd());
    if (number === at && column !== void 0) frame.push(caretLine(lines[at - 1] ?? "", { column, cut: cut2, digits }));
  }
  return frame.join("\n");
}
function escapeInvisible(text) {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\u{e0000}-\u{e0fff}]/gu,
    (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`
  );
}
function caretLine(text, at) {
  const column = Math.min(Math.max(at.column, 1), text.length + 1);
  const before = (at.cut > 0 ? "\u2026" : "") + show(text.slice(at.cut, column - 1));
  return `  ${" ".repeat(at.digits)} | ${" ".repeat(before.length)}^`;
}
function cutStart(text, column) {
  if (text.length <= MAX_WIDTH) return 0;
  return Math.max(0, Math.min(column - 1 - MAX_WIDTH / 2, text.length - MAX_WIDTH));
}
function window(text, start) {
  const part = show(text.slice(start, start + MAX_WIDTH));
  return `${start > 0 && text.length > 0 ? "\u2026" : ""}${part}${start + MAX_WIDTH < text.length ? "\u2026" : ""}`;
}
function show(text) {
  return escapeInvisible(text).replaceAll("	", "  ");
}

// src/language/lines.ts
function lineStarts(text) {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
function lineIndex(starts, offset) {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = low + high + 1 >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
function lineText(text, starts, index) {
  const next = starts[index + 1];
  return text.slice(starts[index], next === void 0 ? text.length : next - 1);
}

// src/language/align.ts
function align(source, code, copied) {
  const starts = lineStarts(source);
  const lines = code.split("\n");
  const spans = /* @__PURE__ */ new Map();
  for (const [index, line] of lines.entries()) {
    if (line !== lineText(source, starts, index)) spans.set(index, []);
  }
  const tokens = tokensByLine(source, starts, copied);
  for (const [index, lineSpans] of spans) {
    placeTokens(lines[index] ?? "", lineText(source, starts, index), {
      tokens: tokens.get(index) ?? [],
      spans: lineSpans
    });
  }
  endCutStatements(source, { lines, spans, tokens });
  return { code: lines.join("\n"), spans };
}
function endCutStatements(source, { lines, spans, tokens }) {
  const starts = lineStarts(source);
  const following = nextLines(lines);
  for (const [index, lineSpans] of spans) {
    const cut2 = typeAtEnd(lineText(source, starts, index), lineSpans);
    const next = cut2 === void 0 ? void 0 : following[index];
    if (cut2 === void 0 || next === void 0 || !/^\s*[([`]/.test(lines[next] ?? "")) continue;
    const firstKept = tokens.get(next)?.[0]?.[0];
    if (lineText(source, starts, next).search(/\S/) !== firstKept) continue;
    const line = lines[index] ?? "";
    lines[index] = `${line.slice(0, cut2)};${line.slice(cut2)}`;
  }
}
function tokensByLine(source, starts, copied) {
  const byLine = /* @__PURE__ */ new Map();
  let index = 0;
  for (const [start, end] of copied) {
    while ((starts[index + 1] ?? Number.POSITIVE_INFINITY) <= start) index++;
    for (let line = index; (starts[line] ?? Number.POSITIVE_INFINITY) < end || line === index; line++) {
      const lineStart = starts[line] ?? 0;
      const lineEnd = lineStart + lineText(source, starts, line).length;
      const list = byLine.get(line) ?? [];
      list.push([Math.max(start, lineStart) - lineStart, Math.min(end, lineEnd) - lineStart]);
      byLine.set(line, list);
    }
  }
  return byLine;
}
var MAX_INSERTED = 2e3;
function placeTokens(line, sourceLine, into) {
  let column = 0;
  let sourceColumn = 0;
  for (const [start, end] of into.tokens) {
    const text = sourceLine.slice(start, end);
    const before = sourceLine.slice(sourceColumn, start);
    const whole = /^\s/.test(before) || before === "" ? find(line, before + text, column) : -1;
    const at = whole >= 0 && (whole === column || before !== "") ? whole + before.length : find(line, text, column);
    if (at < 0) continue;
    if (whole === column) into.spans.push([whole, sourceColumn, before.length + text.length]);
    else into.spans.push([at, start, text.length]);
    column = at + text.length;
    sourceColumn = end;
  }
  const rest = sourceLine.slice(sourceColumn);
  if (rest !== "" && line.slice(column) === rest) into.spans.push([column, sourceColumn, rest.length]);
}
function find(line, text, column) {
  if (line.startsWith(text, column)) return column;
  const at = line.slice(column, column + MAX_INSERTED + text.length).indexOf(text);
  return at < 0 ? -1 : column + at;
}
var TYPE_START = /^\s*(?::|(?:as|satisfies|type|interface|declare|import|export)\b)/;
function typeAtEnd(sourceLine, spans) {
  const [column, sourceColumn, length] = spans.at(-1) ?? [0, 0, 0];
  return TYPE_START.test(sourceLine.slice(sourceColumn + length)) ? column + length : void 0;
}
function nextLines(lines) {
  const next = new Array(lines.length);
  let following;
  for (let index = lines.length - 1; index >= 0; index--) {
    next[index] = following;
    const text = (lines[index] ?? "").trim();
    if (text !== "" && !text.startsWith("//")) following = index;
  }
  return next;
}

// src/language/walk.ts
function walk(roots, visit) {
  const stack = [...roots].reverse();
  for (let node = stack.pop(); node !== void 0; node = stack.pop()) {
    if (visit(node) === false) continue;
    const children = childrenOf(node);
    for (let index = children.length - 1; index >= 0; index--) stack.push(children[index]);
  }
}
function walkOwn(roots, visit) {
  walk(roots, (node) => {
    if (isFunction(node) || node.type === "StaticBlock") return false;
    if (visit(node) === false) return false;
    if (node.type === "PropertyDefinition") {
      if (node.computed) walkOwn([node.key], visit);
      return false;
    }
    return void 0;
  });
}
function isFunction(node) {
  return node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";
}
function listedStatements(node) {
  if (node.type === "BlockStatement" || node.type === "StaticBlock" || node.type === "Program") return node.body;
  return node.type === "SwitchCase" ? node.consequent : void 0;
}
function loneStatements(node) {
  switch (node.type) {
    case "IfStatement":
      return node.alternate ? [node.consequent, node.alternate] : [node.consequent];
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement":
    case "WhileStatement":
    case "DoWhileStatement":
      return [node.body];
    default:
      return NONE2;
  }
}
var NONE2 = [];
function childrenOf(node) {
  const children = [];
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) children.push(item);
    } else if (isNode(value)) children.push(value);
  }
  return children;
}
function isNode(value) {
  return typeof value === "object" && value !== null && typeof value.type === "string";
}

// src/language/jsx.ts
var elementFunction = (aidName) => `${aidName}.element`;
var fragmentName = (aidName) => `${aidName}.Fragment`;
function maskTags(source, aidName) {
  const mark = unusedLetter(source);
  const element = elementFunction(aidName).replaceAll("$", "\\$&");
  const bareTag = new RegExp(`(${element}\\()([^'"\\s,()]*[-${mark}][^\\s,()]*),`, "g");
  return {
    text: source.replace(COLON_IN_TAG, (_all, name) => name + mark),
    unmask: (code) => code.replace(bareTag, "$1'$2',").replaceAll(mark, ":")
  };
}
var COLON_IN_TAG = /(<\/?[\p{ID_Start}$_][\p{ID_Continue}$-]*):(?=[\p{ID_Start}$_])/gu;
function unusedLetter(source) {
  let code = 42192;
  while (source.includes(String.fromCharCode(code))) code++;
  return String.fromCharCode(code);
}
function quoteTags(program, edits) {
  const { aidName, text } = program;
  walk(program.body, (node) => {
    if (node.type !== "CallExpression") return void 0;
    const [tag] = node.arguments;
    if (!tag || text.slice(node.callee.start, node.callee.end) !== elementFunction(aidName)) return void 0;
    if (tag.type === "Literal" || text.slice(tag.start, tag.end) === fragmentName(aidName)) return void 0;
    edits.wrap(tag.start, tag.end, "`", "`");
    return void 0;
  });
}

// src/language/metered-text.ts
var MeteredText = class {
  length;
  #text;
  #copied = /* @__PURE__ */ new Map();
  #spaceEnd = -1;
  #reads;
  constructor(text) {
    this.#text = text;
    this.length = text.length;
    this.#reads = 3e5 + 24 * text.length;
  }
  get exhausted() {
    return this.#reads < 0;
  }
  charCodeAt(index) {
    this.#reads--;
    if (this.#reads < 0) throw new Error("read too often");
    return this.#text.charCodeAt(index);
  }
  /** sucrase copies a token by two slices in a row: the space and comments before it, and itself. */
  slice(start, end) {
    const text = this.#text.slice(start, end);
    if (text === "" || /^(?:\s|\/[/*])/.test(text)) this.#spaceEnd = end;
    else if (start === this.#spaceEnd) this.#copied.set(start, end);
    return text;
  }
  /** Start and end of the tokens that were copied, in source order. */
  copiedTokens() {
    return [...this.#copied].sort(([a], [b]) => a - b);
  }
  startsWith(text, at) {
    return this.#text.startsWith(text, at);
  }
  includes(text, at) {
    return this.#text.includes(text, at);
  }
  indexOf(text, at) {
    return this.#text.indexOf(text, at);
  }
  replace(pattern, by) {
    return this.#text.replace(pattern, by);
  }
  toString() {
    return this.#text;
  }
};

// src/language/typescript.ts
async function stripTypes(source, jsxName) {
  const { transform } = await import("sucrase");
  const tags = jsxName === void 0 ? void 0 : maskTags(source, jsxName);
  const metered2 = new MeteredText(tags?.text ?? source);
  try {
    const jsx = jsxName !== void 0 && {
      transforms: ["typescript", "jsx"],
      production: true,
      jsxPragma: elementFunction(jsxName),
      jsxFragmentPragma: fragmentName(jsxName)
    };
    const { code } = transform(metered2, {
      transforms: ["typescript"],
      disableESTransforms: true,
      ...jsx
    });
    const stripped = align(source, tags ? tags.unmask(code) : code, metered2.copiedTokens());
    return droppedMeaning(source, stripped.spans) ?? stripped;
  } catch (error) {
    return metered2.exhausted ? { ...TOO_DEEP } : failureOf(source, error);
  }
}
var TOO_DEEP = {
  message: "The types and functions in this source are nested too deeply to be read",
  offset: 0,
  hint: "Name the inner functions and types in statements of their own."
};
function failureOf(source, error) {
  const { message, pos } = error;
  if (typeof pos !== "number") return { ...TOO_DEEP };
  const text = String(message).replace(/ \(\d+:\d+\)$/, "");
  return { message: text, offset: Math.min(Math.max(pos, 0), source.length) };
}
var DROPPED = /(?:namespace|module)\s+[\p{ID_Start}$_][\p{ID_Continue}$.]*\s*\{|import\s+[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=/gu;
function droppedMeaning(source, spans) {
  let starts;
  for (const match of source.matchAll(DROPPED)) {
    if (/[.\w$]$|\bdeclare\s+$/.test(source.slice(Math.max(0, match.index - 100), match.index))) continue;
    starts ??= lineStarts(source);
    const index = lineIndex(starts, match.index);
    const column = match.index - (starts[index] ?? 0);
    const lineSpans = spans.get(index);
    const kept = !lineSpans || lineSpans.some(([, from, length]) => from <= column && column < from + length);
    if (kept) continue;
    const isImport = match[0].startsWith("import");
    return isImport ? { message: "`import \u2026 =` is not supported", offset: match.index, hint: IMPORT_HINT } : { message: "`namespace` blocks are not supported", offset: match.index, hint: NAMESPACE_HINT };
  }
  return void 0;
}
var NAMESPACE_HINT = "Write a plain object or plain functions instead of the namespace.";
var IMPORT_HINT = "Programs cannot import. The tools are there already, as tools.<name>(\u2026); delete the import.";

// src/language/positions.ts
var PROGRAM_FILE = "program.js";
function makePositions(edited) {
  const starts = lineStarts(edited.code);
  const byLine = insertionsByLine(edited.insertions, starts);
  const columns = {};
  for (const index of changedLines(edited, starts, byLine)) {
    const text = lineText(edited.code, starts, index);
    const authorSpans = edited.spans.get(index) ?? [[0, 0, text.length]];
    const prefix = index === 0 ? edited.prefix : 0;
    columns[index + 1] = runsOfLine(text, { prefix, insertions: byLine.get(index) ?? [], authorSpans });
  }
  return { lines: starts.length, prefix: edited.prefix, columns };
}
function insertionsByLine(insertions, starts) {
  const byLine = /* @__PURE__ */ new Map();
  for (const insertion of insertions) {
    const index = lineIndex(starts, insertion.offset);
    const column = insertion.offset - (starts[index] ?? 0);
    const list = byLine.get(index) ?? [];
    const anchor = insertion.anchor === void 0 ? void 0 : insertion.anchor - (starts[index] ?? 0);
    list.push({ offset: column, length: insertion.length, ...anchor !== void 0 && { anchor } });
    byLine.set(index, list);
  }
  return byLine;
}
var BEYOND_ASCII = /[^\u0000-\u007f]/;
function changedLines(edited, starts, byLine) {
  const changed = /* @__PURE__ */ new Set([0, ...byLine.keys(), ...edited.spans.keys()]);
  if (BEYOND_ASCII.test(edited.code)) {
    for (let index = 0; index < starts.length; index++) {
      if (BEYOND_ASCII.test(lineText(edited.code, starts, index))) changed.add(index);
    }
  }
  return changed;
}
function runsOfLine(text, line) {
  const shiftAt = insertedBytes(text.length, line);
  const authorAt = /* @__PURE__ */ new Map();
  for (const [column, author, length] of line.authorSpans) {
    for (let step = 0; step < length; step++) authorAt.set(column + step, author + step);
  }
  const runs = [];
  let bytes2 = 0;
  for (let column = 0; column < text.length; column++) {
    const width = unitWidth(text, column);
    const author = authorAt.get(column);
    if (author !== void 0) appendUnit(runs, { start: bytes2 + (shiftAt[column] ?? 0), author, width });
    bytes2 += width;
  }
  appendAnchors(runs, text, { line, authorAt });
  return runs;
}
function appendAnchors(runs, text, { line, authorAt }) {
  let inserted = line.prefix;
  let column = 0;
  let bytes2 = 0;
  for (const { offset, length, anchor } of line.insertions) {
    const author = anchor === void 0 ? void 0 : authorAt.get(anchor);
    if (author !== void 0) {
      for (; column < offset; column++) bytes2 += unitWidth(text, column);
      runs.push(bytes2 + inserted, author, 1, length);
    }
    inserted += length;
  }
}
function insertedBytes(length, line) {
  const before = new Array(length).fill(line.prefix);
  let sum = line.prefix;
  let next = 0;
  for (let column = 0; column < length; column++) {
    while ((line.insertions[next]?.offset ?? Number.POSITIVE_INFINITY) <= column) {
      sum += line.insertions[next]?.length ?? 0;
      next++;
    }
    before[column] = sum;
  }
  return before;
}
function appendUnit(runs, unit) {
  const last = runs.length - 4;
  const [start = 0, author = 0, length = 0, width = 0] = last >= 0 ? runs.slice(last) : [];
  const continues = width === unit.width && start + length * width === unit.start && author + length === unit.author;
  if (last >= 0 && continues) runs[last + 2] = length + 1;
  else runs.push(unit.start, unit.author, 1, unit.width);
}
function unitWidth(text, column) {
  const unit = text.charCodeAt(column);
  if (unit < 128) return 1;
  if (unit < 2048) return 2;
  const paired = unit >= 55296 && unit <= 56319 && isBetween(text.charCodeAt(column + 1), 56320, 57343) || unit >= 56320 && unit <= 57343 && isBetween(text.charCodeAt(column - 1), 55296, 56319);
  return paired ? 2 : 3;
}
function isBetween(value, low, high) {
  return value >= low && value <= high;
}

// src/language/listing.ts
var FRAME = new RegExp(`\\b${PROGRAM_FILE.replace(".", "\\.")}:(\\d+)(?::(\\d+))?\\)?$`);

// src/language/comments.ts
import { parse } from "acorn";

// src/language/names.ts
function patternNames(pattern) {
  const names = [];
  const stack = [pattern];
  for (let node = stack.pop(); node !== void 0; node = stack.pop()) {
    if (node?.type === "Identifier") names.push(node.name);
    else if (node?.type === "AssignmentPattern") stack.push(node.left);
    else if (node?.type === "RestElement") stack.push(node.argument);
    else if (node?.type === "ArrayPattern") stack.push(...[...node.elements].reverse());
    else if (node?.type === "Property") stack.push(node.value);
    else if (node?.type === "ObjectPattern") stack.push(...[...node.properties].reverse());
  }
  return names;
}
function declaredNames(statements) {
  const names = /* @__PURE__ */ new Set();
  for (const statement of statements) {
    const node = declarationOf(statement);
    if ((node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") && node.id) names.add(node.id.name);
    if (isFunction(node)) continue;
    walkOwn([node], (inner) => {
      if (inner.type !== "VariableDeclaration" || inner.kind !== "var" && inner !== node) return void 0;
      for (const { id } of inner.declarations) for (const name of patternNames(id)) names.add(name);
      return void 0;
    });
  }
  return [...names];
}
function declarationOf(statement) {
  const node = statement;
  if (node.type !== "ExportNamedDeclaration" && node.type !== "ExportDefaultDeclaration") return node;
  return node.declaration ?? node;
}
function afterDirectives(statements) {
  const first = statements.findIndex((statement) => !isDirective(statement));
  return first < 0 ? [] : statements.slice(first);
}
function isDirective(statement) {
  return statement.type === "ExpressionStatement" && statement.directive !== void 0;
}
function readerText(names, mark = (name) => name) {
  return `()=>[${names.map((name) => `"${ascii(mark(name))}",()=>${ascii(name)}`).join(",")}]`;
}
function ascii(name) {
  return name.replace(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

// src/language/parse.ts
import { parse as parseText } from "acorn";
function parseProgram(code, mustBeGenerator = false, aidName = newAidName(code)) {
  if (mustBeGenerator) return parseBody(code, true, aidName);
  if (!/\byield\b/.test(code)) return parseBody(code, false, aidName);
  const asGenerator = parseBody(code, true, aidName);
  if (!isFailure(asGenerator) && yieldsItself(asGenerator)) return asGenerator;
  const asFunction2 = parseBody(code, false, aidName);
  if (isFailure(asFunction2) && isFailure(asGenerator)) {
    return asGenerator.offset > asFunction2.offset ? asGenerator : asFunction2;
  }
  return asFunction2;
}
var newAidName = (code) => unusedName("$aid", code);
function isFailure(result) {
  return "message" in result;
}
function unusedName(base, code) {
  if (!code.includes(base) && !code.includes("\\u")) return base;
  const used = new Set(withoutEscapes(code).match(/\$[a-z]+\d*/g));
  let name = base;
  for (let count = 2; used.has(name); count++) name = `${base}${count}`;
  return name;
}
function unusedPrefix(base, code) {
  if (!code.includes(base) && !code.includes("\\u")) return base;
  let underscores = 0;
  for (const part of withoutEscapes(code).split(base).slice(1)) {
    underscores = Math.max(underscores, (/^_*/.exec(part)?.[0].length ?? 0) + 1);
  }
  return base + "_".repeat(underscores);
}
function withoutEscapes(code) {
  return code.replace(/\\u(?:\{0*([\da-f]{1,6})\}|([\da-f]{4}))/gi, (written, braced, short) => {
    const point = Number.parseInt(braced ?? short, 16);
    return point <= 1114111 ? String.fromCodePoint(point) : written;
  });
}
var SUFFIX = "\n}; })";
function parseBody(code, generator, aidName) {
  const lineName = unusedName("$line", code);
  const watchName = unusedName("$watch", code);
  const prefix = `((${watchName}, ${aidName}) => { let ${lineName} = 0; ${watchName}(() => ${lineName}); return async function${generator ? "*" : ""} () { `;
  const text = prefix + code + SUFFIX;
  try {
    const body = wrappedBody(text, prefix);
    const end = prefix.length + code.length;
    if (body) return { text, start: prefix.length, end, body, generator, lineName, watchName, aidName };
    return earlyClose(code) ?? { message: "Unexpected token", offset: 0 };
  } catch (error) {
    const failure = failureOf2(error, prefix.length, code.length);
    const early = earlyClose(code);
    return early && early.offset < failure.offset ? early : failure;
  }
}
var PARSE_OPTIONS = {
  ecmaVersion: "latest",
  sourceType: "script",
  allowImportExportEverywhere: true
};
function wrappedBody(text, prefix) {
  const program = parseText(text, PARSE_OPTIONS);
  const outer = program.body[0];
  if (program.body.length !== 1 || outer?.type !== "ExpressionStatement") return void 0;
  const setup = outer.expression.type === "ArrowFunctionExpression" ? outer.expression.body : void 0;
  if (setup?.type !== "BlockStatement" || setup.body.length !== 3) return void 0;
  const last = setup.body[2];
  const inner = last?.type === "ReturnStatement" ? last.argument : void 0;
  return inner?.type === "FunctionExpression" && isWhole(inner, text, prefix) ? inner.body.body : void 0;
}
function isWhole(inner, text, prefix) {
  return inner.body.start === prefix.length - 2 && inner.end === text.length - SUFFIX.length + 2;
}
function earlyClose(code) {
  try {
    parseText(code, { ...PARSE_OPTIONS, allowReturnOutsideFunction: true, allowAwaitOutsideFunction: true });
    return void 0;
  } catch (error) {
    const failure = failureOf2(error, 0, code.length);
    return code[failure.offset] === "}" ? failure : void 0;
  }
}
function failureOf2(error, prefixLength, codeLength) {
  const { message, pos } = error;
  if (typeof pos !== "number" || /stack space/.test(String(message))) return { ...TOO_DEEP2 };
  const offset = pos - prefixLength;
  const text = String(message).replace(/ \(\d+:\d+\)$/, "");
  if (offset >= codeLength && text === "Unexpected token")
    return { message: "Unexpected end of input", offset: codeLength };
  return { message: text, offset: Math.min(Math.max(offset, 0), codeLength) };
}
var TOO_DEEP2 = {
  message: "The source is nested too deeply to be read",
  offset: 0,
  hint: "Split deeply nested expressions into several statements."
};
function yieldsItself(program) {
  let found = false;
  walkOwn(program.body, (node) => {
    if (node.type === "YieldExpression") found = true;
    return !found;
  });
  return found;
}

// src/language/comments.ts
function noteComments(program, edits) {
  const comments = commentsOf(program);
  if (comments.length === 0) return [];
  const starts = lineStarts(program.text);
  const noted = [];
  for (const { comment, offset } of placed(comments, gapsOf(program))) {
    const text = comment.value.trim();
    edits.insert(offset, `;${program.aidName}.comment(${noted.length}, ${text.length});`);
    noted.push({ text, line: lineIndex(starts, comment.start) + 1 });
  }
  return noted;
}
function commentsOf({ start, end, text }) {
  if (!/\/[/*]|<!--|-->/.test(text.slice(start, end))) return [];
  const comments = [];
  parse(text, { ...PARSE_OPTIONS, onComment: comments });
  return comments.filter((comment) => comment.start >= start && comment.end <= end);
}
function gapsOf({ body, end, start }) {
  const gaps = gapsBetween(body, start, end);
  walk(body, (node) => {
    if (node.type === "BlockStatement") gaps.push(...gapsBetween(node.body, node.start + 1, node.end - 1));
    if (node.type !== "SwitchStatement") return void 0;
    for (const [index, { consequent }] of node.cases.entries()) {
      const [first] = consequent;
      if (first) gaps.push(...gapsBetween(consequent, first.start, node.cases[index + 1]?.start ?? node.end - 1));
    }
    return void 0;
  });
  return gaps.sort((a, b) => a.start - b.start);
}
function gapsBetween(statements, from, to) {
  const gaps = [];
  const earliest = directivesEnd(statements, from);
  let start = from;
  for (const statement of statements) {
    gaps.push({ start, end: statement.start, earliest });
    start = statement.end;
  }
  gaps.push({ start, end: to, earliest });
  return gaps.filter((gap) => gap.end > gap.start);
}
function directivesEnd(statements, from) {
  const directives = statements.filter(isDirective);
  return directives.at(-1)?.end ?? from;
}
function placed(comments, gaps) {
  const found = [];
  let at = 0;
  for (const comment of comments) {
    while (at < gaps.length && (gaps[at]?.end ?? 0) < comment.end) at++;
    const gap = gaps[at];
    if (gap && gap.start <= comment.start) found.push({ comment, offset: Math.max(comment.start, gap.earliest) });
  }
  return found;
}

// src/language/fences.ts
var CODE_LANGUAGES = /^(?:js|javascript|mjs|cjs|jsx|ts|typescript|mts|cts|tsx|node|ecmascript)$/i;
function fenceOffsets(source) {
  const offsets = [];
  if (!/^ {0,3}(?:```|~~~)/m.test(source)) return offsets;
  let offset = 0;
  for (const line of source.split("\n")) {
    if (fenceOf(line, 0)) offsets.push(offset + line.search(/\S/));
    offset += line.length + 1;
  }
  return offsets;
}
function unfence(source) {
  const lines = source.split("\n");
  const { blocks, fences } = findBlocks(lines);
  const first = fences[0];
  if (first === void 0) return void 0;
  const inside2 = new Set(fences.map((fence) => fence.line));
  for (const block of blocks) for (let line = block.from; line < block.to; line++) inside2.add(line);
  const outside = lines.filter((_, index) => !inside2.has(index));
  if (outside.some(looksLikeCode)) return void 0;
  const candidates = chooseBlocks(blocks);
  const [chosen] = candidates;
  if (chosen === void 0) return { refused: "no code block in it is JavaScript or TypeScript", line: first.line + 1 };
  if (candidates.length > 1) return { refused: `it holds ${candidates.length} code blocks`, line: chosen.from };
  const code = lines.map((line, index) => chosen.from <= index && index < chosen.to ? line : "").join("\n");
  return { code, line: chosen.from };
}
function fenceOf(text, line) {
  const marker = /^ {0,3}(`{3,}(?!`)|~{3,}(?!~))/.exec(text);
  const rest = marker && text.slice(marker[0].length);
  if (!marker || rest?.includes("`")) return void 0;
  return { line, marker: marker[1] ?? "", language: /^[ \t]*([\w+#.-]*)/.exec(rest ?? "")?.[1] ?? "" };
}
function chooseBlocks(blocks) {
  const tagged2 = blocks.filter((block) => CODE_LANGUAGES.test(block.language));
  return tagged2.length > 0 ? tagged2 : blocks.filter((block) => block.language === "");
}
function findBlocks(lines) {
  const fences = [];
  const blocks = [];
  let open;
  for (const [line, text] of lines.entries()) {
    const fence = fenceOf(text, line);
    if (!fence) continue;
    if (open && !closes(fence, open)) continue;
    fences.push(fence);
    if (open) blocks.push({ from: open.line + 1, to: line, language: open.language });
    open = open ? void 0 : fence;
  }
  if (open) blocks.push(unpaired(open, { blocks, lines }));
  return { blocks, fences };
}
function closes(fence, open) {
  return fence.language === "" && fence.marker[0] === open.marker[0] && fence.marker.length >= open.marker.length;
}
function unpaired(fence, text) {
  const nothingFollows = text.lines.slice(fence.line + 1).every((line) => line.trim() === "");
  if (nothingFollows && text.blocks.length === 0) return { from: 0, to: fence.line, language: fence.language };
  return { from: fence.line + 1, to: text.lines.length, language: fence.language };
}
function looksLikeCode(line) {
  return /[;{}]\s*$/.test(line) || /^\s*(?:\/\/|\/\*|\*\/|[)\]}])/.test(line) || /^\s*(?:const|let|var|return|await|throw|function|class|async)\b[^.:!?]*[=({\w]/.test(line) && !/[.:!?]\s*$/.test(line);
}

// src/language/source-error.ts
var SourceError = class extends Error {
  name = "SyntaxError";
  code = "syntax_error";
  line;
  column;
  frame;
  hint;
  constructor(message, details = {}) {
    super(message);
    if (details.line !== void 0) this.line = details.line;
    if (details.column !== void 0) this.column = details.column;
    if (details.frame !== void 0) this.frame = details.frame;
    if (details.hint !== void 0) this.hint = details.hint;
  }
};
function errorAt(source, message, position, hint) {
  const frame = codeFrame(source, position.line, position.column);
  return new SourceError(message, { ...position, frame, ...hint === void 0 ? {} : { hint } });
}

// src/language/diagnose.ts
function sourceError(source, problem) {
  const hint = problem.hint ?? hintFor(source, problem);
  return errorAt(source, describe(source, problem), positionOf(source, problem.offset), hint);
}
function positionOf(source, offset) {
  const starts = lineStarts(source);
  const index = lineIndex(starts, offset);
  return { line: index + 1, column: offset - (starts[index] ?? 0) + 1 };
}
function describe(source, { message, offset }) {
  if (!/^Unexpected (?:token|character)\b/.test(message)) return message;
  const found = /^(?:[\p{ID_Start}$_][\p{ID_Continue}$]{0,40}|\d{1,20}|=>|\S)/u.exec(source.slice(offset, offset + 80));
  return found ? `Unexpected token '${escapeInvisible(found[0])}'` : message;
}
var RULES = [
  [({ after }) => /^import\b/.test(after), IMPORT_HINT],
  [
    ({ before, message }) => /\bawait\s+$/.test(before) || /'await' outside/.test(message),
    "`await` stands in a function that is not async: write `async` before that function."
  ],
  [
    ({ before, after }) => /\bawait\b/.test(after.slice(0, 6)) && before.length > 0,
    "Inside a nested function `await` needs that function to be async."
  ],
  [
    ({ source }) => /[;,{})\]]\s*\\n/.test(source) && !source.trim().includes("\n"),
    "The source holds backslash sequences instead of real line breaks or quotes: send it unescaped once."
  ],
  [({ after }) => /^[“”‘’«»]/.test(after), `These are typographic quotes: write straight quotes (" or ').`],
  [({ after }) => after.startsWith("@"), "Decorators are not supported: call the function yourself."],
  [
    (context) => context.jsx && looksLikeJsx(context),
    "Check the JSX: each tag must be closed, and braces hold one expression; `<` and `{` in text are written `{'<'}` and `{'{'}`."
  ],
  [
    (context) => !context.jsx && looksLikeJsx(context),
    "JSX and HTML are not supported in a program: return data, or build text in a template string."
  ],
  [
    ({ line }) => /^\s*(?:def |elif |from \S+ import |except\b|print\s+\S|(?:if|for|while)\b[^({]*:\s*$)/.test(line),
    "This looks like Python: write JavaScript or TypeScript."
  ],
  [
    ({ line }) => /^\s*(?:\$ |npm |npx |curl |cd |ls |cat |sudo |echo |git |pip )/.test(line),
    "This looks like a shell command: write JavaScript or TypeScript that calls the tools."
  ],
  [({ source }) => fenceOffsets(source).length > 0, "Send the program alone, without Markdown around it."],
  [
    ({ line }) => isProse(line.slice(0, 200)),
    "This reads like prose, not like a program: send only JavaScript or TypeScript, and put remarks in comments."
  ],
  [
    ({ message }) => /end of input|Unterminated/.test(message),
    "Something that was opened is never closed, or the text was cut off: check brackets, quotes, templates and comments."
  ]
];
function looksLikeJsx({ after, before, source }) {
  return /^\s*<[A-Za-z>]/.test(after) || /<[A-Za-z][\w.]*[\s>][^;]*$/.test(before) && /<\/?[A-Za-z>]/.test(source);
}
function hintFor(source, { jsx = false, message, offset }) {
  const start = source.lastIndexOf("\n", offset - 1) + 1;
  const end = source.indexOf("\n", offset);
  const line = source.slice(start, end === -1 ? source.length : end).slice(0, 2e3);
  const before = source.slice(start, offset).slice(-2e3);
  const context = { jsx, source, message, line, before, after: source.slice(offset, offset + 200) };
  return RULES.find(([test]) => test(context))?.[1];
}
function isProse(line) {
  return /^\s*[\p{Lu}"'*#-][^;={}()]*\p{L}+[,:]?(?: [\p{L}'’-]+[,.:!?]?){3,}/u.test(line);
}

// src/language/edits.ts
var Edits = class {
  #text;
  #opening = /* @__PURE__ */ new Map();
  #closing = /* @__PURE__ */ new Map();
  #anchors = /* @__PURE__ */ new Map();
  #replaced = [];
  constructor(text) {
    this.#text = text;
  }
  /** Puts text before an offset; at one offset the first insertion comes first. `anchor` stands in the same line. */
  insert(offset, text, anchor) {
    if (anchor !== void 0) this.#anchors.set(offset, anchor);
    this.#opening.set(offset, (this.#opening.get(offset) ?? "") + text);
  }
  /** Puts text around a range. Of ranges that start at one offset wrap the outer ones first. */
  wrap(start, end, opening, closing, anchor) {
    this.insert(start, opening, anchor);
    const closings = this.#closing.get(end);
    if (!closings) this.#closing.set(end, [{ start, text: closing }]);
    else closings.splice(closings.findLastIndex((outer) => outer.start <= start) + 1, 0, { start, text: closing });
  }
  /** Takes a place before an offset; the text is put there when it is known. */
  reserve(offset) {
    const before = this.#opening.get(offset) ?? "";
    this.#opening.set(offset, "");
    return (text) => this.#opening.set(offset, before + text + (this.#opening.get(offset) ?? ""));
  }
  /** Replaces a range by spaces, keeping its line ends; ranges do not overlap. */
  blank(start, end) {
    this.#replaced.push({ start, end });
  }
  /** Replaces what stands at an offset by a text of the same length without line ends. */
  replace(start, text) {
    this.#replaced.push({ start, end: start + text.length, text });
  }
  /** The changed text, and the insertions in order. */
  apply() {
    const original = this.#withReplaced();
    const offsets = [.../* @__PURE__ */ new Set([...this.#closing.keys(), ...this.#opening.keys()])].sort((a, b) => a - b);
    const parts = [];
    const insertions = [];
    let copied = 0;
    for (const offset of offsets) {
      const closings = this.#closing.get(offset)?.map(({ text }) => text) ?? [];
      const inserted = closings.reverse().join("") + (this.#opening.get(offset) ?? "");
      parts.push(original.slice(copied, offset), inserted);
      const anchor = this.#anchors.get(offset);
      insertions.push({ offset, length: inserted.length, ...anchor !== void 0 && { anchor } });
      copied = offset;
    }
    parts.push(original.slice(copied));
    return { text: parts.join(""), insertions };
  }
  #withReplaced() {
    const parts = [];
    let copied = 0;
    for (const { start, end, text } of this.#replaced.sort((a, b) => a.start - b.start)) {
      parts.push(this.#text.slice(copied, start), text ?? this.#text.slice(start, end).replace(/[^\n]/g, " "));
      copied = end;
    }
    return parts.join("") + this.#text.slice(copied);
  }
};

// src/language/modules.ts
function refusedModuleSyntax(program) {
  if (!/\b(?:im|ex)port\b/.test(program.text)) return void 0;
  const top = new Set(program.body);
  let refusal;
  walk(program.body, (node) => {
    refusal ??= refuse(node, top.has(node));
    return refusal === void 0;
  });
  return refusal;
}
var REEXPORT_HINT = "Programs neither import nor export. The tools are there already, as tools.<name>(\u2026); delete the `export \u2026 from`.";
function refuse(node, atTop) {
  const at = { offset: node.start };
  if (node.type === "ImportDeclaration")
    return { ...at, message: "Static `import` is not available", hint: IMPORT_HINT };
  if (node.type === "MetaProperty" && node.meta.name === "import") {
    return {
      ...at,
      message: "`import.meta` is not available",
      hint: "A program is not a module; `input` and `tools` are its only surroundings."
    };
  }
  if (!node.type.startsWith("Export")) return void 0;
  if (node.type === "ExportAllDeclaration" || node.type === "ExportNamedDeclaration" && node.source) {
    return { ...at, message: "`export \u2026 from` is not available", hint: REEXPORT_HINT };
  }
  return atTop || node.type === "ExportSpecifier" ? void 0 : { ...at, message: "`export` must stand at the top level" };
}
function dropExports(program, edits) {
  const result = { statements: [], dropped: [] };
  for (const statement of program.body) {
    if (statement.type === "ExportNamedDeclaration") dropNamed(statement, edits, result);
    else if (statement.type === "ExportDefaultDeclaration") dropDefault(program, statement, edits, result);
    else result.statements.push(statement);
  }
  return result;
}
function dropNamed(node, edits, result) {
  if (node.declaration) {
    edits.blank(node.start, node.declaration.start);
    result.statements.push(node.declaration);
    result.dropped.push(node.start);
    return;
  }
  dropStatement(node, edits);
  const asDefault = node.specifiers.find((specifier) => nameOf(specifier.exported) === "default");
  if (asDefault) result.default = { name: nameOf(asDefault.local), value: void 0, offset: node.start };
  else result.dropped.push(node.start);
}
function dropStatement(node, edits) {
  edits.blank(node.start, node.end);
  edits.insert(node.start, ";");
}
function nameOf(node) {
  return node.name ?? String(node.value);
}
function dropDefault(program, node, edits, result) {
  const value = node.declaration;
  if (value.type === "Identifier") {
    dropStatement(node, edits);
    result.default = { name: value.name, value: void 0, offset: node.start };
    return;
  }
  edits.blank(node.start, program.text.indexOf("default", node.start) + "default".length);
  const declares = value.type === "FunctionDeclaration" || value.type === "ClassDeclaration";
  const name = declares && value.id?.name || unusedName("$default", program.text);
  if (!declares) edits.insert(node.start, `var ${name} =`);
  else if (!value.id) nameDeclaration(program, value, { name, edits });
  if (declares) result.statements.push(value);
  if (value.type === "ClassDeclaration") result.dropped.push(node.start);
  else result.default = { name, value, offset: node.start };
}
function nameDeclaration(program, value, by) {
  if (!isFunction(value)) {
    by.edits.wrap(value.start, value.end, `var ${by.name} = `, ";");
    return;
  }
  const head = /^(?:async\s+)?function\s*\*?/.exec(program.text.slice(value.start, value.end));
  by.edits.insert(value.start + (head?.[0].length ?? 0), ` ${by.name}`);
}

// src/language/normalize.ts
import { parse as parse2 } from "acorn";
function normalize(source) {
  return source.replace(/\r\n?/g, "\n").replace(/^\ufeff/, " ").replace(/^( ?)#!/, "$1//").replace(/^(?:[^\S\n]|\/\*(?:(?!\*\/)[^\n])*\*\/)*-->/, (text) => `${text.slice(0, -3)}//>`);
}
function separatorOffsets(program) {
  const { text } = program;
  if (!/[\u2028\u2029]/.test(text)) return [];
  const covered = new Uint8Array(text.length + 1);
  parse2(text, {
    ...PARSE_OPTIONS,
    onToken: (token) => covered.fill(1, token.start, token.end),
    // What ends a line comment must stay where it is.
    onComment: (block, _text, start, end) => covered.fill(1, start, block ? end : end + 1)
  });
  const offsets = [];
  for (let at = program.start; at < program.end; at++) {
    if (covered[at] === 0 && /[\u2028\u2029]/.test(text.charAt(at))) offsets.push(at);
  }
  return offsets;
}

// src/language/places.ts
function notePlaces(program, edits) {
  const places = { constructors: [], imports: [] };
  const notes = {
    program,
    edits,
    starts: lineStarts(program.text),
    errorClasses: /* @__PURE__ */ new Set(),
    names: /* @__PURE__ */ new Map(),
    places
  };
  for (const statement of program.body) noteStatement(notes, statement, false);
  walk(program.body, (node) => {
    noteChildren(notes, node);
    return void 0;
  });
  return places;
}
function noteChildren(notes, node) {
  for (const statement of listedStatements(node) ?? []) noteStatement(notes, statement, false);
  for (const statement of loneStatements(node)) noteStatement(notes, statement, true);
  switch (node.type) {
    case "VariableDeclaration":
      noteLaterPatterns(notes, node);
      return;
    case "VariableDeclarator":
      if (node.id.type === "Identifier" && node.init?.type === "ClassExpression")
        nameErrorClass(notes, node.id.name, node.init);
      return;
    case "ClassDeclaration":
    case "ClassExpression":
      noteErrorClass(notes, node);
      return;
    case "ImportExpression":
      noteImport(notes, node.start, literalOf(node.source));
  }
}
function noteStatement(notes, statement, alone) {
  let node = statement;
  if (node.type === "ExportNamedDeclaration" && node.declaration) node = node.declaration;
  const start = node.start;
  while (node.type === "LabeledStatement") node = node.body;
  const subject = subjectOf(node);
  if (!subject) return;
  const anchor = lineOf2(notes, start) === lineOf2(notes, subject.start) ? subject.start : start;
  if (alone) notes.edits.wrap(start, statement.end, "{ 0;", "}", anchor);
  else notes.edits.insert(start, " 0;", anchor);
}
function subjectOf(node) {
  if (node.type === "ForOfStatement" || node.type === "ForInStatement") return node.right;
  if (node.type !== "VariableDeclaration") return void 0;
  return node.declarations.find(({ id }) => id.type !== "Identifier")?.id;
}
function lineOf2({ starts }, offset) {
  return lineIndex(starts, offset) + 1;
}
function noteLaterPatterns({ program, edits }, node) {
  for (const { id } of node.declarations.slice(1)) {
    if (id.type !== "Identifier") edits.insert(id.start, `{} = ${program.lineName}, `, id.start);
  }
}
function nameErrorClass(notes, name, node) {
  if (makesErrors(notes, node)) notes.errorClasses.add(name);
  if (!node.id) notes.names.set(node, name);
}
function makesErrors({ errorClasses }, { superClass }) {
  const parent = superClass ? nameOf2(superClass) : void 0;
  return parent !== void 0 && (/(?:Error|Exception)$/.test(parent) || errorClasses.has(parent));
}
function nameOf2(node) {
  if (node.type === "Identifier") return node.name;
  return node.type === "MemberExpression" && node.property.type === "Identifier" ? node.property.name : void 0;
}
function noteErrorClass(notes, node) {
  if (!makesErrors(notes, node)) return;
  if (node.id) notes.errorClasses.add(node.id.name);
  const made = node.body.body.find((member) => member.type === "MethodDefinition" && member.kind === "constructor");
  if (made?.type !== "MethodDefinition") {
    const implicit = node.id?.name ?? notes.names.get(node);
    if (implicit !== void 0) notes.places.constructors.push({ line: lineOf2(notes, node.end - 1), implicit });
    return;
  }
  walkOwn([made.value.body], (inner) => {
    if (inner.type === "CallExpression" && inner.callee.type === "Super") noteSuper(notes, inner);
    return void 0;
  });
}
function noteSuper(notes, call) {
  const { edits, program } = notes;
  const last = call.arguments.at(-1);
  const value = last?.type === "SpreadElement" ? last.argument : last;
  if (value && isFunction(value)) return;
  if (value) edits.wrap(value.start, value.end, "[", `, ${program.lineName}][0]`);
  else edits.insert(call.end - 1, `...(${program.lineName}, [])`);
  notes.places.constructors.push({ line: lineOf2(notes, value?.end ?? call.end - 1) });
}
function noteImport(notes, offset, name) {
  notes.places.imports.push({ line: lineOf2(notes, offset), ...name !== void 0 && { name } });
}
function literalOf(node) {
  const { type, value } = node;
  return type === "Literal" && typeof value === "string" ? value : void 0;
}

// src/language/read.ts
async function readCode(author, code, jsx = false) {
  const plain = parseProgram(code);
  if (!isFailure(plain)) return readAs(author, { program: plain, code, spans: /* @__PURE__ */ new Map() });
  const elements = jsx ? await readElements(author, code) : void 0;
  if (elements && !isFailure(elements)) return elements;
  const stripped = await stripTypes(code);
  if (isFailure(stripped)) {
    throw failureError(author, { code, spans: NO_SPANS }, { ...likelier(elements ?? plain, stripped), jsx });
  }
  const program = parseProgram(stripped.code);
  if (!isFailure(program)) return readAs(author, { ...stripped, program });
  const typed = { ...program, offset: authorOffset(code, stripped, program.offset) };
  throw failureError(author, { code, spans: NO_SPANS }, { ...likelier(elements ?? plain, typed), jsx });
}
async function readElements(author, code) {
  const aidName = newAidName(code);
  const stripped = await stripTypes(code, aidName);
  if (isFailure(stripped)) return stripped;
  const program = parseProgram(stripped.code, false, aidName);
  if (!isFailure(program)) return readAs(author, { ...stripped, program });
  return { ...program, offset: authorOffset(code, stripped, program.offset) };
}
var NO_SPANS = /* @__PURE__ */ new Map();
function readAs(author, read2) {
  const reread = () => {
    const program = parseProgram(read2.code, true, read2.program.aidName);
    if (isFailure(program)) throw failureError(author, read2, program);
    return readAs(author, { ...read2, program });
  };
  return { ...read2, reread };
}
function authorOffset(author, read2, offset) {
  const starts = lineStarts(read2.code);
  const index = lineIndex(starts, offset);
  const column = offset - (starts[index] ?? 0);
  return (lineStarts(author)[index] ?? 0) + authorColumn(read2.spans.get(index), column);
}
function authorColumn(spans, column) {
  if (!spans) return column;
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = low + high >> 1;
    if ((spans[middle]?.[0] ?? 0) <= column) low = middle + 1;
    else high = middle;
  }
  const [from, start, length] = spans[low - 1] ?? [column, 0, 0];
  return start + Math.min(column - from, length);
}
function failureError(author, read2, failure) {
  return sourceError(author, { ...failure, offset: authorOffset(author, read2, failure.offset) });
}
function likelier(plain, typed) {
  if (plain.hint !== void 0) return plain;
  if (typed.hint !== void 0) return typed;
  return typed.offset > plain.offset ? typed : plain;
}

// src/language/session.ts
function keepDeclarations(program, edits) {
  const kept = collect(program);
  if (kept.names.size === 0) return;
  const keep = { program, edits, local: `${unusedName("$own", program.text)}_` };
  enterScope(keep, kept);
  for (const node of kept.functions) edits.insert(node.id.start, keep.local);
  for (const node of kept.classes) edits.wrap(node.start, node.end, `;${ascii(node.id.name)} = `, ";");
  for (const { node, place } of kept.variables) keepVariables(keep, node, place);
}
function isolateCalls(program, returned, edits) {
  const starts = /* @__PURE__ */ new Set();
  const isolate = (callee) => {
    if (callee.type !== "Identifier" || callee.name === "eval") return;
    edits.wrap(callee.start, callee.end, starts.has(callee.start) ? ";(0, " : "(0, ", ")");
  };
  const visit = (node) => {
    if (node.type === "WithStatement") {
      walk([node.object], visit);
      return false;
    }
    for (const { start, type } of listedStatements(node) ?? []) {
      if (type === "ExpressionStatement" && start !== returned?.start) starts.add(start);
    }
    if (node.type === "CallExpression") isolate(node.callee);
    else if (node.type === "TaggedTemplateExpression") isolate(node.tag);
    return void 0;
  };
  walk([programNode(program)], visit);
}
function scopeWrapper({ aidName, watchName }) {
  const both = `(${watchName}, ${aidName})`;
  return { before: `(${both} => (() => { with (${aidName}.scope) return `, after: `; })()${both})` };
}
function collect(program) {
  const kept = { names: /* @__PURE__ */ new Map(), variables: [], functions: [], classes: [] };
  const places = /* @__PURE__ */ new Map();
  for (const statement of program.body) {
    const node = declarationOf(statement);
    places.set(node, "listed");
    if (node.type === "FunctionDeclaration" && node.id) kept.functions.push(node);
    else if (node.type === "ClassDeclaration" && node.id) kept.classes.push(node);
    else if (node.type === "VariableDeclaration" && node.kind !== "var") addVariables(kept, node, "listed");
  }
  for (const { id } of [...kept.functions, ...kept.classes]) addName(kept, id.name, id.start);
  walkOwn(program.body, (node) => {
    for (const statement of listedStatements(node) ?? []) places.set(statement, "listed");
    noteHead(places, node);
    if (node.type === "VariableDeclaration" && node.kind === "var") addVariables(kept, node, places.get(node));
    return void 0;
  });
  return kept;
}
function noteHead(places, node) {
  if (node.type === "ForStatement" && node.init) places.set(node.init, "head");
  else if (node.type === "ForInStatement" || node.type === "ForOfStatement") {
    places.set(node.left, node.type === "ForOfStatement" && isNamed(node.left, "async") ? "async of" : "head");
  }
}
function isNamed(left, name) {
  const [first] = left.type === "VariableDeclaration" ? left.declarations : [];
  return first?.id.type === "Identifier" && first.id.name === name;
}
function addVariables(kept, node, place = "alone") {
  const names = node.declarations.flatMap(({ id }) => patternNames(id));
  if (names.includes("arguments") || !["var", "let", "const"].includes(node.kind)) return;
  for (const name of names) addName(kept, name, node.start);
  kept.variables.push({ node, place });
}
function addName({ names }, name, offset) {
  names.set(name, Math.min(offset, names.get(name) ?? offset));
}
function enterScope({ edits, local, program }, kept) {
  const names = [...kept.names].sort(([, a], [, b]) => a - b).map(([name]) => quoted(name));
  const functions = kept.functions.map(({ id: { name } }) => `${quoted(name)}, ${local}${ascii(name)}`).join(", ");
  const enter = `${program.aidName}.enter([${names.join(", ")}], [${functions}]);`;
  const directive = program.body.findLast(isDirective);
  if (directive) edits.wrap(directive.start, directive.end, "", `;${enter}`);
  else edits.insert(program.start - 1, enter);
}
function keepVariables({ edits, program }, node, place) {
  edits.blank(node.start, node.start + node.kind.length);
  if (place === "listed" || place === "alone") {
    const end = program.text[node.end - 1] === ";" ? "" : ";";
    edits.wrap(node.start, node.end, place === "listed" ? ";" : "", `${end}${fixed(program, node)}`);
  }
  for (const { id, init } of node.declarations) {
    if (id.type !== "Identifier" && init) edits.wrap(id.start, init.end, " (", ")", id.start);
    else if (node.kind === "let" && !init) edits.wrap(id.start, id.end, "", " = void 0");
    else if (place === "async of") edits.wrap(id.start, id.end, "(", ")");
  }
}
function fixed({ aidName }, { declarations, kind }) {
  if (kind !== "const") return "";
  const names = declarations.flatMap(({ id }) => patternNames(id));
  return names.length === 0 ? "" : `${aidName}.fix(${names.map(quoted).join(", ")});`;
}
function programNode({ body, end, start }) {
  return { type: "Program", start, end, body, sourceType: "script" };
}
function quoted(name) {
  return `"${ascii(name)}"`;
}

// src/language/tracking/assigned.ts
function assignedCalls(program, place) {
  const targets = /* @__PURE__ */ new Map();
  const calls = [];
  walk(program.body, (node) => {
    if (node.type === "VariableDeclarator" && node.init) assign(targets, node.id, node.init);
    else if (node.type === "AssignmentExpression" && ASSIGNING.has(node.operator)) {
      assign(targets, node.left, node.right);
    } else if (node.type === "CallExpression") calls.push(node);
    return void 0;
  });
  const callees = new Set([...targets.keys()].map((call) => calleeOf(call)));
  return calls.filter((call) => callees.has(calleeOf(call))).map((call) => {
    const [callee, to] = [calleeOf(call), targets.get(call)];
    const range = { from: place(call.start), until: place(call.end) };
    return { ...range, ...callee !== void 0 && { callee }, ...to !== void 0 && { to } };
  });
}
var ASSIGNING = /* @__PURE__ */ new Set(["=", "??=", "||=", "&&="]);
function assign(targets, target, from) {
  const to = patternNames(target).join(", ");
  if (to === "") return;
  for (const value of valuesOf(from)) {
    if (value.type !== "CallExpression") continue;
    const together = target.type === "ArrayPattern" ? joinedBy(value) : void 0;
    if (together && target.type === "ArrayPattern") assignEach(targets, target.elements, together);
    else targets.set(value, to);
  }
}
function assignEach(targets, elements, values) {
  for (const [index, element] of elements.entries()) {
    const value = values[index];
    if (!value || value.type === "SpreadElement" || element?.type === "RestElement") return;
    if (element) assign(targets, element, value);
  }
}
function valuesOf(root) {
  const values = [];
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (node.type === "AwaitExpression") stack.push(node.argument);
    else if (node.type === "ChainExpression") stack.push(node.expression);
    else if (node.type === "LogicalExpression") stack.push(node.left, node.right);
    else if (node.type === "ConditionalExpression") stack.push(node.consequent, node.alternate);
    else values.push(node);
  }
  return values;
}
function joinedBy({
  arguments: args,
  callee
}) {
  const [list] = args;
  const isPromise2 = callee.type === "MemberExpression" && callee.object.type === "Identifier" && callee.object.name === "Promise";
  const joins = isPromise2 && callee.property.type === "Identifier" && /^all(?:Settled)?$/.test(callee.property.name);
  return joins && list?.type === "ArrayExpression" ? list.elements : void 0;
}
function calleeOf({ callee }) {
  if (callee.type === "Identifier") return callee.name;
  if (callee.type !== "MemberExpression") return void 0;
  if (!callee.computed) return callee.property.type === "Identifier" ? callee.property.name : void 0;
  return callee.property.type === "Literal" ? String(callee.property.value) : void 0;
}

// src/language/tracking/effects.ts
var CANNOT_FAIL = /* @__PURE__ */ new Set([
  ...[
    "Literal",
    "TemplateLiteral",
    "TemplateElement",
    "ArrayExpression",
    "ObjectExpression",
    "ParenthesizedExpression"
  ],
  ...["LogicalExpression", "ConditionalExpression", "SequenceExpression", "ExpressionStatement", "ReturnStatement"],
  ...["VariableDeclaration", "BlockStatement", "EmptyStatement", "IfStatement", "ForStatement", "WhileStatement"],
  ...["DoWhileStatement", "SwitchStatement", "SwitchCase", "BreakStatement", "ContinueStatement", "LabeledStatement"]
]);
function mayFail(occurrences, root) {
  if (isFunction(root)) return false;
  let may = false;
  walkOwn([root], (node) => {
    may ||= !isHarmless(occurrences, node);
    return !may;
  });
  return may;
}
function isHarmless(occurrences, node) {
  switch (node.type) {
    case "Identifier":
      return occurrences.labels.has(node) || occurrences.declared.has(node.name);
    case "UnaryExpression":
      return node.operator !== "delete";
    case "BinaryExpression":
      return node.operator !== "in" && node.operator !== "instanceof";
    case "Property":
      return !node.computed;
    case "VariableDeclarator":
      return node.id.type === "Identifier";
    case "AssignmentExpression":
      return isVariable(occurrences, node.left);
    case "UpdateExpression":
      return isVariable(occurrences, node.argument);
    default:
      return CANNOT_FAIL.has(node.type);
  }
}
function isVariable({ constants }, target) {
  return target.type === "Identifier" && !constants.has(target.name);
}

// src/language/tracking/occurrences.ts
function occurrencesOf(program) {
  const found = {
    all: /* @__PURE__ */ new Map(),
    written: /* @__PURE__ */ new Map(),
    functions: /* @__PURE__ */ new Map(),
    declared: /* @__PURE__ */ new Set(),
    constants: /* @__PURE__ */ new Set(),
    labels: /* @__PURE__ */ new Set()
  };
  walk(program.body, (node) => {
    noteLabels(found, node);
    noteBindings(found, node);
    noteWrites(found, node);
    if (node.type === "Identifier" && !found.labels.has(node)) add(found.all, node.name, node.start);
    return void 0;
  });
  for (const map of [found.all, found.written, found.functions]) {
    for (const offsets of map.values()) offsets.sort((a, b) => a - b);
  }
  return found;
}
function firstFrom(map, name, offset) {
  const offsets = map.get(name) ?? [];
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = low + high >> 1;
    if ((offsets[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return offsets[low] ?? Number.POSITIVE_INFINITY;
}
function add(map, name, offset) {
  const offsets = map.get(name);
  if (!offsets) map.set(name, [offset]);
  else if (offsets.at(-1) !== offset) offsets.push(offset);
}
function noteLabels({ labels }, node) {
  switch (node.type) {
    case "MemberExpression":
      if (!node.computed) labels.add(node.property);
      return;
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
      if (!node.computed) labels.add(node.key);
      return;
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      if (node.label) labels.add(node.label);
      return;
    case "MetaProperty":
      labels.add(node.meta).add(node.property);
  }
}
function noteBindings({ constants, declared, functions }, node) {
  for (const pattern of boundBy(node)) {
    for (const name of patternNames(pattern)) {
      declared.add(name);
      if (node.type === "VariableDeclaration" && node.kind === "const") constants.add(name);
    }
  }
  if (node.type === "FunctionDeclaration" && node.id) {
    declared.add(node.id.name);
    add(functions, node.id.name, node.id.start);
  }
}
function boundBy(node) {
  if (node.type === "VariableDeclaration") return node.declarations.map(({ id }) => id);
  if (node.type === "CatchClause") return node.param ? [node.param] : [];
  return isFunction(node) ? node.params : [];
}
function noteWrites({ written }, node) {
  let target;
  if (node.type === "AssignmentExpression") target = node.left;
  else if (node.type === "UpdateExpression") target = node.argument;
  else if (node.type === "ForOfStatement" || node.type === "ForInStatement") target = node.left;
  if (target) for (const name of patternNames(target)) add(written, name, target.start);
}

// src/language/tracking/hoisting.ts
var MAX_INNER = 16;
function scopeOf({ all }, node, statements) {
  const inner = [];
  for (const statement of statements) {
    if (statement.type !== "FunctionDeclaration" || !statement.id) continue;
    const { end, id, start } = statement;
    inner.push({ name: id.name, start, end, runsFrom: Number.POSITIVE_INFINITY });
  }
  const scope = { node, inner };
  if (inner.length > MAX_INNER) return scope;
  for (let changed = true; changed; ) {
    changed = false;
    for (const declared of inner) {
      const from = runsFrom(all, scope, declared.name);
      changed ||= from < declared.runsFrom;
      declared.runsFrom = from;
    }
  }
  return scope;
}
function runsFrom(all, { inner, node }, name) {
  let from = Number.POSITIVE_INFINITY;
  let at = firstFrom(all, name, node.start);
  while (at < node.end) {
    const holder = holderOf(inner, at);
    from = Math.min(from, holder ? holder.runsFrom : at);
    if (!holder) break;
    at = firstFrom(all, name, holder.end);
  }
  return from;
}
function holderOf(inner, at) {
  return inner.find(({ end, start }) => at >= start && at < end);
}
function mayBeVar(occurrences, scope, declaration) {
  if (scope.inner.length > MAX_INNER || declaration.kind !== "let" && declaration.kind !== "const") return false;
  return declaration.declarations.every(
    ({ end, id }) => patternNames(id).every((name) => {
      const { functions, written } = occurrences;
      if (occursIn(functions, name, scope.node)) return false;
      if (declaration.kind === "const" && occursIn(written, name, scope.node)) return false;
      return isFirstUsedAfter(occurrences, scope, { name, id, end });
    })
  );
}
function occursIn(map, name, { end, start }) {
  return firstFrom(map, name, start) < end;
}
function isFirstUsedAfter({ all }, { inner, node }, declared) {
  const { end, id, name } = declared;
  if (inner.some((holder) => holder.runsFrom < end && occursIn(all, name, holder))) return false;
  let seen = 0;
  for (let at = firstFrom(all, name, node.start); at < end; ) {
    const holder = holderOf(inner, at);
    if (!holder && (at < id.start || at >= id.end || ++seen > 1)) return false;
    at = firstFrom(all, name, holder ? holder.end : at + 1);
  }
  return seen === 1;
}

// src/language/tracking/failing.ts
var MAX_PARTS = 20;
var MAYBE_UNSET = "?";
function watchFunction(watch, node) {
  const { body } = node;
  if (body.type === "BlockStatement") watchBody(watch, node, body.body);
  else watchExpression(watch, node);
}
function parameterNames(node) {
  return node.params.flatMap(patternNames);
}
function catchText({ errorName, program }, node, reader) {
  return `} catch (${errorName}) { throw ${program.aidName}.failed(${errorName},${node.start},${reader}) }`;
}
function watchExpression(watch, node) {
  const names = parameterNames(node);
  if (names.length === 0 || !mayFail(watch.occurrences, node.body)) return;
  const start = afterArrow(watch.program.text, node);
  watch.edits.wrap(start, node.end, " { try { return (", `) ${catchText(watch, node, readerText(names))} }`);
}
function afterArrow(text, node) {
  const pattern = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|=>/g;
  pattern.lastIndex = node.params.at(-1)?.end ?? node.start;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (match[0] === "=>") return pattern.lastIndex;
  }
  throw new Error("an arrow function without its arrow");
}
function watchBody(watch, node, body) {
  const statements = afterDirectives(body);
  const names = [.../* @__PURE__ */ new Set([...parameterNames(node), ...declaredNames(statements)])];
  if (names.length === 0) return;
  const { lifted, parts } = split(watch, node, statements);
  if (parts.length === 0) return;
  const unset = new Set(lifted.flatMap(({ declarations }) => declarations.flatMap(({ id }) => patternNames(id))));
  const ordered = [...names.filter((name) => !unset.has(name)), ...unset];
  const reader = readerText(ordered, (name) => unset.has(name) ? MAYBE_UNSET + name : name);
  for (const { end, start } of parts) watch.edits.wrap(start, end, "try { ", ` ${catchText(watch, node, reader)}`);
  for (const { kind, start } of lifted) watch.edits.replace(start, "var".padEnd(kind.length));
}
function split({ occurrences }, node, statements) {
  const scope = scopeOf(occurrences, node, statements);
  const closed = !occurrences.all.has("eval");
  const lifted = [];
  const parts = [];
  let part;
  for (const statement of statements) {
    const lexical = statement.type === "VariableDeclaration" && statement.kind !== "var";
    const liftable = lexical && closed && mayBeVar(occurrences, scope, statement);
    if (liftable) lifted.push(statement);
    if (staysOutside(statement) || lexical && !liftable) part = void 0;
    else {
      if (!part) {
        part = { start: statement.start, end: statement.end, failing: false };
        parts.push(part);
      }
      part.end = statement.end;
      part.failing ||= mayFail(occurrences, statement);
    }
  }
  return { lifted, parts: parts.filter(({ failing }) => failing).slice(0, MAX_PARTS) };
}
function staysOutside(statement) {
  let node = statement;
  while (node.type === "LabeledStatement") node = node.body;
  return node.type === "FunctionDeclaration" || node.type === "ClassDeclaration";
}

// src/language/tracking/lines.ts
var LineCounter = class {
  /** The lines of each counter. */
  lines = [];
  counted = /* @__PURE__ */ new Set();
  starts;
  into;
  /** Whether the latest counter counts the next statement too. */
  open = false;
  constructor(into) {
    this.starts = lineStarts(into.program.text);
    this.into = into;
  }
  /** Counts the statements that a node holds; its parents come before it. */
  visit(node) {
    const listed = listedStatements(node);
    if (listed) this.list(listed);
    for (const statement of loneStatements(node)) this.alone(statement);
  }
  /** Counts statements that follow each other. `value` is the one that gives the program its value: it is none of the directives even where it looks like one. */
  list(statements, value) {
    this.open = false;
    for (const statement of statements) {
      const node = declarationOf(statement);
      if (isDirective(statement) && statement !== value) continue;
      if (node.type !== "BlockStatement" && node.type !== "EmptyStatement") {
        const counter = this.count(statement);
        if (counter !== void 0) this.into.edits.insert(statement.start, this.into.text(counter));
      }
      this.open &&= isSimple(node) && !mayFail(this.into.occurrences, node);
    }
  }
  /** A statement that stands where only one may. */
  alone(statement) {
    if (statement.type === "BlockStatement" || statement.type === "EmptyStatement") return;
    this.open = false;
    const counter = this.count(statement);
    if (counter === void 0) return;
    this.into.edits.wrap(statement.start, statement.end, `{${this.into.text(counter)}`, "}");
  }
  /** The counter that the statement's line needs; undefined if it has one. */
  count(statement) {
    const line = lineIndex(this.starts, statement.start) + 1;
    if (this.counted.has(line)) return void 0;
    this.counted.add(line);
    if (this.open) {
      this.lines.at(-1)?.push(line);
      return void 0;
    }
    this.open = true;
    return this.lines.push([line]) - 1;
  }
};
function isSimple({ type }) {
  return type === "VariableDeclaration" || type === "ExpressionStatement" || type === "FunctionDeclaration";
}

// src/language/tracking/track.ts
var MAX_VARIABLES = 1e3;
var ProgramTracker = class {
  program;
  edits;
  occurrences;
  prefix;
  lines;
  putHead = () => void 0;
  constructor(program, edits) {
    this.program = program;
    this.edits = edits;
    this.occurrences = occurrencesOf(program);
    this.prefix = unusedPrefix("$count", program.text);
    const { occurrences } = this;
    this.lines = new LineCounter({ program, edits, occurrences, text: (counter) => this.counterText(counter) });
  }
  /** Puts counters before the top-level statements: first of all edits, before what is put in for their values. */
  begin() {
    const { body } = this.program;
    const first = afterDirectives(body)[0] ?? body.at(-1);
    if (first) this.putHead = this.edits.reserve(first.start);
    this.lines.list(body, body.at(-1));
  }
  /** Does the rest: the insides of the statements, in one walk, as what is put around outer parts must come first. */
  finish() {
    const { edits, lines, occurrences, program } = this;
    const watch = { program, edits, occurrences, errorName: unusedName("$error", program.text) };
    walk(program.body, (node) => {
      if (isFunction(node)) watchFunction(watch, node);
      else lines.visit(node);
      return void 0;
    });
    this.putHead(this.headText(lines.lines));
  }
  counter(index) {
    return index < MAX_VARIABLES ? this.prefix + index : `${this.prefix}s[${index - MAX_VARIABLES}]`;
  }
  counterText(index) {
    const counter = this.counter(index);
    return `if(!${counter})${this.program.aidName}.hit(${index});${counter}++;`;
  }
  /** `var`, as the engine checks at each use of a `let` whether it has a value. */
  headText(lines) {
    const { aidName, body } = this.program;
    const names = Array.from({ length: Math.min(lines.length, MAX_VARIABLES) }, (_, index) => this.counter(index));
    const more = lines.length - names.length;
    const variables = [
      ...names.map((name) => `${name}=0`),
      ...more > 0 ? [`${this.prefix}s=${aidName}.counters(${names.length},${more})`] : []
    ];
    const declared = variables.length > 0 ? `var ${variables.join(",")};` : "";
    const counters = lines.map((own, index) => `[${[names[index] ?? -1, ...own].join(",")}]`);
    return `${declared}${aidName}.program(${readerText(declaredNames(body))},()=>[${counters.join(",")}]);`;
  }
};

// src/language/value.ts
function returnValue(program, content, edits, { session = false } = {}) {
  const { dropped } = content;
  const mends = dropped.slice(0, 1).map((offset) => ({ message: droppedExports(dropped.length), offset }));
  const statements = content.statements.filter((node) => node.type !== "EmptyStatement");
  const entry = content.default ? defaultEntry(content, content.default) : findEntry(statements, session);
  if (entry) {
    appendEntry(program, entry, edits);
    const functions = entry.called ? [entry.called] : [];
    const delegates = entry.called?.generator === true;
    return { mends: [...mends, { message: entry.message, offset: entry.offset }], delegates, waiting: { functions } };
  }
  const last = statements.at(-1);
  if (last?.type !== "ExpressionStatement") return { mends, delegates: false, waiting: { functions: [] } };
  edits.insert(last.start, "return ", last.start);
  const called = calledFunction(last.expression, statements);
  return { mends, delegates: false, waiting: { returned: last.expression, functions: called ? [called] : [] } };
}
function calledFunction(expression, statements) {
  let node = expression;
  for (; ; ) {
    if (node.type === "AwaitExpression") node = node.argument;
    else if (node.type === "MemberExpression") node = node.object;
    else if (node.type !== "CallExpression") return void 0;
    else if (node.callee.type === "Identifier") return declaredFunction(statements, node.callee.name);
    else if (isFunction(node.callee)) return asFunction(node.callee);
    else node = node.callee;
  }
}
function droppedExports(count) {
  const times = count === 1 ? "" : ` (${count} times)`;
  return `Dropped \`export\`${times}: a program is not a module.`;
}
function defaultEntry(content, exported) {
  const called = asFunction(exported.value) ?? declaredFunction(content.statements, exported.name);
  const what = called ? "the function is called and its result" : "it";
  return {
    name: exported.name,
    called,
    offset: exported.offset,
    message: `Dropped \`export default\`: ${what} is the value of the program.`
  };
}
function findEntry(statements, session) {
  const code = statements.filter((node) => !(node.type === "ExpressionStatement" && node.directive !== void 0));
  const [only] = code;
  if (code.length === 1 && only?.type === "ExpressionStatement") {
    const called = asFunction(only.expression);
    if (!called) return void 0;
    const message2 = "The program is a bare function: it is called and its result is the value of the program.";
    return { expression: only.expression, called, offset: only.start, message: message2 };
  }
  const declared = session ? void 0 : declaredFunctions(code);
  const uncalled = declared && entryFunction(code, declared);
  if (!uncalled) return void 0;
  const message = `Nothing calls \`${uncalled.name}\`: it is called and its result is the value of the program.`;
  return { name: uncalled.name, called: uncalled.node, offset: uncalled.offset, message };
}
function declaredFunctions(statements) {
  const declared = [];
  for (const statement of statements) {
    if (statement.type === "FunctionDeclaration") {
      declared.push({ name: statement.id?.name ?? "", node: statement, offset: statement.start });
    } else if (statement.type === "VariableDeclaration") {
      for (const declarator of statement.declarations) pushDeclarator(declarator, declared);
    } else if (statement.type !== "ClassDeclaration") return void 0;
  }
  return declared;
}
function pushDeclarator(declarator, declared) {
  const node = asFunction(declarator.init ?? void 0);
  if (node && declarator.id.type === "Identifier") {
    declared.push({ name: declarator.id.name, node, offset: declarator.start });
  }
}
function entryFunction(statements, declared) {
  for (const name of ["main", "run"]) {
    const found = declared.find((candidate) => candidate.name === name);
    if (found) return isReferenced(statements, found) ? void 0 : found;
  }
  const [single] = declared;
  if (declared.length !== 1 || !single || isReferenced(statements, single)) return void 0;
  const mayRun = single.node.params.every((param) => param.type !== "Identifier" || GLOBALS.has(param.name));
  return mayRun && !doesSomething(statements, single) ? single : void 0;
}
var GLOBALS = /* @__PURE__ */ new Set(["input", "tools"]);
function isReferenced(statements, declared) {
  let found = false;
  walk(statements, (node) => {
    if (node === declared.node) return false;
    if (node.type === "VariableDeclarator" && node.init === declared.node) return false;
    if (node.type === "Identifier" && node.name === declared.name) found = true;
    return !found;
  });
  return found;
}
function doesSomething(statements, except) {
  let found = false;
  walk(statements, (node) => {
    if (node === except.node) return false;
    if (["CallExpression", "AwaitExpression", "YieldExpression", "TaggedTemplateExpression"].includes(node.type))
      found = true;
    return !found;
  });
  return found;
}
function asFunction(node) {
  return node && isFunction(node) ? node : void 0;
}
function declaredFunction(statements, name) {
  for (const statement of statements) {
    const found = declaredFunctions([statement])?.find((declared) => declared.name === name);
    if (found) return found.node;
  }
  return void 0;
}
function appendEntry(program, entry, edits) {
  const keyword = entry.called?.generator ? "return yield* " : "return ";
  const call = entry.called ? `(${entry.called.params.map(argumentFor).join(", ")})` : "";
  if (!entry.expression) {
    edits.insert(program.end + 1, `${keyword}${entry.called ? `(0, ${entry.name})${call}` : entry.name};`);
    return;
  }
  edits.insert(entry.offset, keyword);
  edits.wrap(entry.expression.start, entry.expression.end, "(", `)${call}`);
}
function argumentFor(param) {
  if (param.type === "AssignmentPattern") return argumentFor(param.left);
  if (param.type === "Identifier") return globalNamed(param.name);
  if (param.type !== "ObjectPattern") return "undefined";
  const names = param.properties.flatMap(
    (property) => property.type === "Property" && property.key.type === "Identifier" && !property.computed ? [property.key.name] : []
  );
  return `{ ${names.map((name) => `${name}: ${globalNamed(name)}`).join(", ")} }`;
}
function globalNamed(name) {
  return `typeof ${name} === "undefined" ? undefined : ${name}`;
}

// src/language/waits.ts
function noteWaits(program, waiting, edits) {
  const starts = lineStarts(program.text);
  const notes = {
    program,
    edits,
    note: (offset) => `${program.lineName} = ${lineIndex(starts, offset) + 1}`
  };
  if (waiting.returned) noteSettled(notes, waiting.returned, waiting.returned.start);
  const bodies = waiting.functions.map((called) => called.body);
  walkOwn([...waiting.statements, ...bodies], (node) => noteNode(notes, node));
}
function noteNode(notes, node) {
  if (node.type === "AwaitExpression") noteAwait(notes, node);
  else if (node.type === "ForOfStatement" && node.await) noteLoop(notes, node);
  else if (node.type === "ReturnStatement" && node.argument) noteSettled(notes, node.argument, node.start);
  else if (node.type === "YieldExpression" && node.argument) noteSettled(notes, node.argument, node.start);
}
function noteAwait(notes, node) {
  const { start, end } = node.argument;
  const note = notes.note(node.start);
  if (awaitsElsewhere(notes, node)) notes.edits.wrap(start, end, "[(", `), ${note}][0]`);
  else notes.edits.wrap(start, end, `(${note}, `, ")");
}
function awaitsElsewhere(notes, node) {
  const text = notes.program.text.slice(node.start, node.argument.end);
  if (!text.includes("\n") || text.lastIndexOf("await") === 0) return false;
  let found = false;
  walkOwn([node.argument], (inner) => {
    if (inner.type === "AwaitExpression") found = true;
    return !found;
  });
  return found;
}
function noteLoop(notes, node) {
  const note = notes.note(node.start);
  notes.edits.wrap(node.right.start, node.right.end, `(${note}, `, ")");
  if (node.body.type === "BlockStatement") notes.edits.insert(node.body.end - 1, `;${note};`);
}
var MAY_WAIT = /* @__PURE__ */ new Set([
  ...[
    "CallExpression",
    "NewExpression",
    "TaggedTemplateExpression",
    "ImportExpression",
    "Identifier",
    "MemberExpression"
  ],
  ...["ChainExpression", "ConditionalExpression", "LogicalExpression", "SequenceExpression", "AssignmentExpression"]
]);
function noteSettled(notes, value, at) {
  if (MAY_WAIT.has(value.type)) notes.edits.wrap(value.start, value.end, `(${notes.note(at)}, `, ")");
}

// src/language/prepare.ts
async function prepare(source, options = {}) {
  const author = normalize(source);
  try {
    return await prepareNormalized(author, options);
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw sourceError(author, { message: "The source cannot be read as a program", offset: 0 });
  }
}
async function prepareNormalized(author, options) {
  const { read: read2, fence } = await readWithoutFences(author, options);
  const repairs = fence === void 0 ? [] : [{ message: "Took the program out of its Markdown code block.", line: fence }];
  const program = finish(author, read2, options);
  return { ...program, repairs: [...repairs, ...program.repairs] };
}
async function readWithoutFences(author, { jsx = false }) {
  const fences = fenceOffsets(author);
  if (fences.length === 0) return { read: await readCode(author, author, jsx) };
  let read2;
  let failure;
  try {
    read2 = await readCode(author, author, jsx);
    if (!callsTemplate(read2.program)) return { read: read2 };
  } catch (error) {
    failure = error;
  }
  const unfenced = unfence(author);
  if (!unfenced && read2) return { read: read2 };
  if (!unfenced) throw failure;
  if ("refused" in unfenced) throw refusedFences(author, unfenced);
  return { read: await readCode(author, unfenced.code, jsx), fence: unfenced.line };
}
function refusedFences(author, unfenced) {
  const offset = author.split("\n", unfenced.line - 1).join("\n").length + (unfenced.line > 1 ? 1 : 0);
  return sourceError(author, {
    message: `The text is not one program: ${unfenced.refused}`,
    offset,
    hint: "Send one program: only the code, or one ```js block."
  });
}
function callsTemplate(program) {
  let found = false;
  walk(program.body, (node) => {
    if (node.type === "TaggedTemplateExpression" && node.tag.type === "TemplateLiteral") found = true;
    return !found;
  });
  return found;
}
function finish(author, read2, options) {
  const { program, code, spans, reread } = read2;
  const refusal = refusedModuleSyntax(program);
  const inAuthor = (offset) => authorOffset(author, { code, spans }, offset - program.start);
  if (refusal) throw sourceError(author, { ...refusal, offset: inAuthor(refusal.offset) });
  const edits = new Edits(program.text);
  const tracker = options.track ? new ProgramTracker(program, edits) : void 0;
  tracker?.begin();
  const content = dropExports(program, edits);
  const { mends, delegates, waiting } = returnValue(program, content, edits, options);
  if (delegates && !program.generator) return finish(author, reread(), options);
  tracker?.finish();
  const places = notePlaces(program, edits);
  if (options.session) keepDeclarations(program, edits);
  const comments = options.comments ? noteComments(program, edits) : void 0;
  if (options.jsx) quoteTags(program, edits);
  noteWaits(program, { statements: program.body, ...waiting }, edits);
  if (options.session) isolateCalls(program, waiting.returned, edits);
  for (const offset of separatorOffsets(program)) edits.wrap(offset, offset + 1, "/*", "*/");
  const { text, insertions } = edits.apply();
  const { before, after } = options.session ? scopeWrapper(program) : { before: "", after: "" };
  const inCode = insertions.filter(({ offset }) => offset <= program.end).map(({ offset, length, anchor }) => ({
    offset: offset - program.start,
    length,
    ...anchor !== void 0 && { anchor: anchor - program.start }
  }));
  const repairs = mends.map(({ message, offset }) => ({ message, line: positionOf(author, inAuthor(offset)).line }));
  const positions = {
    ...makePositions({ code, prefix: before.length + program.start, insertions: inCode, spans }),
    ...places.constructors.length > 0 && { constructors: places.constructors },
    ...places.imports.length > 0 && { imports: places.imports }
  };
  const assigned = tracker && { assigned: assignedCalls(program, authorPlaces(read2)) };
  return {
    text: `${before}${text}${after}`,
    form: program.generator ? "generator" : "async",
    repairs,
    positions,
    ...assigned,
    ...comments && { comments }
  };
}
function authorPlaces({ code, program, spans }) {
  const starts = lineStarts(code);
  return (offset) => {
    const index = lineIndex(starts, offset - program.start);
    const column = offset - program.start - (starts[index] ?? 0);
    return [index + 1, authorColumn(spans.get(index), column) + 1];
  };
}

// src/tools/names.ts
var IDENTIFIER = /^(?!.*\p{Default_Ignorable_Code_Point})[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
var RESERVED_WORDS = new Set(
  "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield".split(" ")
);
var GUEST_GLOBALS = new Set(
  "tools input console emit sleep sleepUntil globalThis undefined NaN Infinity eval isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape Object Function Boolean Symbol Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError Number BigInt Math Date String RegExp Array Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array Float16Array Float32Array Float64Array Map Set WeakMap WeakSet WeakRef FinalizationRegistry ArrayBuffer DataView JSON Iterator Promise Proxy Reflect DisposableStack AsyncDisposableStack queueMicrotask setTimeout clearTimeout setInterval clearInterval structuredClone atob btoa TextEncoder TextDecoder URL URLSearchParams crypto performance AbortController AbortSignal DOMException CustomEvent Event EventTarget".split(" ")
);
var OTHER_GLOBALS = new Set(
  "InternalError SharedArrayBuffer Atomics Generator AsyncGenerator Temporal Intl WebAssembly setImmediate clearImmediate Headers".split(" ")
);
function isIdentifier(name) {
  return IDENTIFIER.test(name);
}

// src/tools/show.ts
var VALUE_LENGTH = 80;
var INVISIBLE = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
function showValue(value) {
  if (value === void 0 || value === null) return String(value);
  return `${cut(valueText(value, 2), VALUE_LENGTH)} (${typeName(value)})`;
}
function typeName(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value !== "object" || isPlainObject(value)) return typeof value;
  const name = classOf(value);
  return typeof name === "string" && name !== "" ? cut(name, 40) : "object";
}
function isPlainObject(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
function quote(text) {
  return JSON.stringify(text).replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  );
}
function cut(text, length) {
  return text.length > length ? `${text.slice(0, length - 1)}\u2026` : text;
}
function showPath(path) {
  return path.reduce((text, key) => text + pathStep(key, text === ""), "");
}
function pathStep(key, first) {
  if (typeof key === "number") return `[${key}]`;
  if (typeof key === "symbol") return `[${cut(String(key), VALUE_LENGTH)}]`;
  if (isIdentifier(key)) return first ? cut(key, VALUE_LENGTH) : `.${cut(key, VALUE_LENGTH)}`;
  return `[${quote(cut(key, VALUE_LENGTH))}]`;
}
function classOf(value) {
  try {
    return value.constructor?.name;
  } catch {
    return void 0;
  }
}
function valueText(value, depth) {
  if (typeof value === "string") return quote(value.slice(0, VALUE_LENGTH));
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "function";
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if (depth === 0) return Array.isArray(value) ? "[\u2026]" : "{\u2026}";
  if (Array.isArray(value)) return arrayText(value, depth);
  return isPlainObject(value) ? objectText(value, depth) : "{\u2026}";
}
function arrayText(value, depth) {
  const items2 = value.slice(0, 8).map((item) => valueText(item, depth - 1));
  return `[${items2.join(", ")}${value.length > 8 ? ", \u2026" : ""}]`;
}
function objectText(value, depth) {
  const keys = Object.keys(value);
  const entries = keys.slice(0, 8).map((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key);
    return `${pathStep(key, true)}: ${property && "value" in property ? valueText(property.value, depth - 1) : "\u2026"}`;
  });
  if (keys.length > 8) entries.push("\u2026");
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

// src/tools/declarations/type-text.ts
var UNKNOWN = { text: "unknown", compound: false };
var NEVER = { text: "never", compound: false };
function simple(text) {
  return { text, compound: false };
}
function union(parts) {
  const kept = distinct(parts).filter((part) => part.text !== "never");
  if (kept.some((part) => part.text === "unknown")) return UNKNOWN;
  return joined(kept, " | ", NEVER, (part) => part.text);
}
function intersection(parts) {
  const kept = distinct(parts).filter((part) => part.text !== "unknown");
  if (kept.some((part) => part.text === "never")) return NEVER;
  return joined(kept, " & ", UNKNOWN, parenthesised);
}
function arrayOf(part) {
  return simple(`${parenthesised(part)}[]`);
}
function propertyKey(name) {
  return isIdentifier(name) ? name : quote(name);
}
function literal(value, depth = 4) {
  if (value === null) return simple("null");
  if (typeof value === "string") return simple(quote(value));
  if (typeof value === "boolean") return simple(String(value));
  if (typeof value === "number") return simple(Number.isFinite(value) ? String(value) : "number");
  if (typeof value !== "object" || depth === 0) return UNKNOWN;
  if (Array.isArray(value)) return simple(`[${value.map((item) => literal(item, depth - 1).text).join(", ")}]`);
  const entries = Object.entries(value).map(([key, item]) => `${propertyKey(key)}: ${literal(item, depth - 1).text}`);
  return simple(entries.length === 0 ? "{}" : `{ ${entries.join("; ")} }`);
}
function parenthesised(part) {
  return part.compound ? `(${part.text})` : part.text;
}
function distinct(parts) {
  return [...new Map(parts.map((part) => [part.text, part])).values()];
}
function joined(parts, separator, none, show2) {
  const [first, ...others] = parts;
  if (first === void 0) return none;
  if (others.length === 0) return first;
  return { text: parts.map(show2).join(separator), compound: true };
}

// src/tools/declarations/array-type.ts
function arrayType(schema, writer) {
  const { prefixItems, items: items2, additionalItems } = schema;
  if (Array.isArray(prefixItems)) return tuple(prefixItems, items2, schema.minItems, writer);
  if (Array.isArray(items2)) return tuple(items2, additionalItems, schema.minItems, writer);
  return arrayOf(writer.nested(items2));
}
function tuple(items2, rest, minItems, writer) {
  const required = typeof minItems === "number" ? minItems : items2.length;
  const parts = items2.map((item, index) => {
    const type = writer.nested(item);
    if (index < required) return type.text;
    return type.compound ? `(${type.text})?` : `${type.text}?`;
  });
  if (rest !== void 0 && rest !== false) parts.push(`...${arrayOf(writer.nested(rest)).text}`);
  return simple(`[${parts.join(", ")}]`);
}

// src/tools/declarations/object-type.ts
function objectType(schema, writer) {
  const members = propertyMembers(schema, writer);
  const others = otherProperties(schema);
  if (members.length === 0) {
    const type = others === void 0 ? writer.nested(true) : union(others.map((other) => writer.nested(other)));
    return simple(type === NEVER ? "{}" : `Record<string, ${type.text}>`);
  }
  if (others !== void 0 && others.length > 0) members.push("[key: string]: unknown");
  return simple(`{ ${members.join("; ")} }`);
}
function propertyMembers(schema, writer) {
  const properties = isPlainObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const names = /* @__PURE__ */ new Set([...Object.keys(properties), ...[...required].filter((name) => typeof name === "string")]);
  return [...names].map((name) => {
    const type = Object.hasOwn(properties, name) ? writer.nested(properties[name]).text : "unknown";
    return `${propertyKey(name)}${required.has(name) ? "" : "?"}: ${type}`;
  });
}
function otherProperties(schema) {
  const { additionalProperties, patternProperties } = schema;
  const patterns = isPlainObject(patternProperties) ? Object.values(patternProperties) : [];
  if (additionalProperties === void 0) return patterns.length > 0 ? patterns : void 0;
  return additionalProperties === false ? patterns : [...patterns, additionalProperties];
}

// src/tools/declarations/references.ts
var MOST_NODES = 2e4;
function referenceFinder(root) {
  let named;
  return (reference) => {
    if (typeof reference !== "string") return void 0;
    if (reference === "#") return root;
    if (reference.startsWith("#/")) return followPointer(root, reference.slice(2));
    named ??= indexNames(root);
    return named.get(reference);
  };
}
function followPointer(root, pointer) {
  let current = root;
  for (const step of pointer.split("/")) {
    const key = decodeStep(step);
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return void 0;
    current = current[key];
  }
  return current;
}
function decodeStep(step) {
  const unescaped = (text) => text.replace(/~1/g, "/").replace(/~0/g, "~");
  try {
    return unescaped(decodeURIComponent(step));
  } catch {
    return unescaped(step);
  }
}
function indexNames(root) {
  const named = /* @__PURE__ */ new Map();
  const seen = /* @__PURE__ */ new Set();
  const waiting = [root];
  while (waiting.length > 0 && seen.size < MOST_NODES) {
    const node = waiting.pop();
    if (typeof node !== "object" || node === null || seen.has(node)) continue;
    seen.add(node);
    if (isPlainObject(node)) addNames(named, node);
    for (const child of Object.values(node)) waiting.push(child);
  }
  return named;
}
function addNames(named, node) {
  if (typeof node.$anchor === "string") named.set(`#${node.$anchor}`, node);
  if (typeof node.$id === "string") named.set(node.$id, node);
}

// src/tools/declarations/schema-to-type.ts
function schemaToType(schema, options = {}) {
  const { maxDepth = 8, maxLength = 4e3, root = schema } = options;
  const find2 = referenceFinder(root);
  for (let depth = maxDepth; depth > 0; depth--) {
    const text = attempt(schema, find2, depth, maxLength);
    if (text !== void 0 && text.length <= maxLength) return text;
  }
  return "unknown";
}
function attempt(schema, find2, depth, maxLength) {
  try {
    return new Writer(find2, maxLength).write(schema, depth).text;
  } catch {
    return void 0;
  }
}
var Writer = class {
  #find;
  #following = /* @__PURE__ */ new Set();
  #budget;
  constructor(find2, maxLength) {
    this.#find = find2;
    this.#budget = maxLength * 2 + 100;
  }
  write(schema, depth) {
    if (schema === false) return NEVER;
    if (depth <= 0 || !isPlainObject(schema)) return UNKNOWN;
    if (--this.#budget < 0) throw new RangeError("too large");
    const writer = { nested: (part) => this.write(part, depth - 1) };
    const parts = [this.#reference(schema, depth), valueType(schema, writer), ...this.#combined(schema, depth)];
    return nullable(schema, intersection(parts));
  }
  #reference(schema, depth) {
    if (schema.$ref === void 0) return UNKNOWN;
    const target = this.#find(schema.$ref);
    if (target === void 0 || this.#following.has(target)) return UNKNOWN;
    this.#following.add(target);
    const type = this.write(target, depth);
    this.#following.delete(target);
    return type;
  }
  #combined(schema, depth) {
    const list = (keyword) => {
      const parts = schema[keyword];
      return Array.isArray(parts) ? parts.map((part) => this.write(part, depth - 0.5)) : [];
    };
    const either = [list("anyOf"), list("oneOf")].filter((parts) => parts.length > 0);
    return [...list("allOf"), ...either.map(union)];
  }
};
function nullable(schema, type) {
  return schema.nullable === true ? union([type, simple("null")]) : type;
}
function valueType(schema, writer) {
  if (Object.hasOwn(schema, "const")) return literal(schema.const);
  if (Array.isArray(schema.enum)) return union(schema.enum.map((value) => literal(value)));
  const type = schema.type ?? impliedType(schema);
  if (Array.isArray(type)) return union(type.map((name) => namedType(name, schema, writer)));
  return namedType(type, schema, writer);
}
function impliedType(schema) {
  if (isPlainObject(schema.properties) || isPlainObject(schema.additionalProperties)) return "object";
  return schema.items !== void 0 || schema.prefixItems !== void 0 ? "array" : void 0;
}
function namedType(name, schema, writer) {
  switch (name) {
    case "string":
    case "number":
    case "boolean":
    case "null":
      return simple(name);
    case "integer":
      return simple("number");
    case "array":
      return arrayType(schema, writer);
    case "object":
      return objectType(schema, writer);
    default:
      return UNKNOWN;
  }
}

// src/tools/json-schema/keywords.ts
var KEYWORDS = {
  $id: "string",
  id: "string",
  $ref: "string",
  $recursiveRef: "string",
  $recursiveAnchor: "boolean",
  $anchor: "string",
  $defs: "schemaMap",
  definitions: "schemaMap",
  type: "type",
  const: "value",
  enum: "values",
  properties: "schemaMap",
  patternProperties: "patternMap",
  additionalProperties: "schema",
  unevaluatedProperties: "schema",
  propertyNames: "schema",
  required: "strings",
  dependentRequired: "stringsMap",
  dependentSchemas: "schemaMap",
  dependencies: "dependencies",
  minProperties: "count",
  maxProperties: "count",
  prefixItems: "schemas",
  items: "schemaOrList",
  additionalItems: "schema",
  unevaluatedItems: "schema",
  contains: "schema",
  minContains: "count",
  maxContains: "count",
  minItems: "count",
  maxItems: "count",
  uniqueItems: "boolean",
  minLength: "count",
  maxLength: "count",
  pattern: "pattern",
  format: "string",
  minimum: "number",
  maximum: "number",
  exclusiveMinimum: "limit",
  exclusiveMaximum: "limit",
  multipleOf: "number",
  not: "schema",
  if: "schema",
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; never awaited
  then: "schema",
  else: "schema",
  allOf: "schemas",
  anyOf: "schemas",
  oneOf: "schemas",
  $schema: "annotation",
  $vocabulary: "annotation",
  $comment: "annotation",
  $dynamicRef: "unsupported",
  $dynamicAnchor: "annotation",
  title: "annotation",
  description: "annotation",
  default: "annotation",
  example: "annotation",
  examples: "annotation",
  deprecated: "annotation",
  readOnly: "annotation",
  writeOnly: "annotation",
  nullable: "annotation",
  discriminator: "annotation",
  externalDocs: "annotation",
  xml: "annotation",
  contentEncoding: "annotation",
  contentMediaType: "annotation",
  contentSchema: "annotation"
};

// src/tools/json-schema/patterns.ts
import { format as knownFormats } from "@cfworker/json-schema";
var MOST_MATCHED_CHARACTERS = 2e4;
var MOST_COMPARED_ITEMS = 1e4;
var MOST_STEPS = MOST_MATCHED_CHARACTERS ** 2;
var UNDECIDABLE = { enum: null };
var UNSAFE_FORMATS = /* @__PURE__ */ new Set(["url"]);
function bounded(schema, lenient) {
  const { pattern, uniqueItems, format, ...rest } = schema;
  const checks = [];
  if (typeof pattern === "string" && isLinear(pattern)) rest.pattern = pattern;
  else if (typeof pattern === "string") checks.push(below({ maxLength: longestFor(pattern, lenient) }, { pattern }));
  if (uniqueItems === true) checks.push(below({ maxItems: MOST_COMPARED_ITEMS }, { uniqueItems }));
  if (typeof format === "string" && Object.hasOwn(knownFormats, format) && !UNSAFE_FORMATS.has(format)) {
    rest.format = format;
  }
  if (checks.length > 0) rest.allOf = [...Array.isArray(rest.allOf) ? rest.allOf : [], ...checks];
  return rest;
}
function isCatastrophic(pattern) {
  const open = [];
  let risky = false;
  for (const [token] of withoutClasses(pattern).matchAll(/\((\?(<?[=!:]|<\w*>)?)?|\)[*+{]|[)|*+{?]/g)) {
    if (token.startsWith("(")) {
      open.push(risky);
      risky = false;
    } else if (token.startsWith(")")) {
      if (risky && token.length > 1) return true;
      risky = open.pop() === true || risky || token.length > 1;
    } else {
      risky = true;
    }
  }
  return false;
}
function below(bound, check2) {
  return { if: bound, then: check2, else: UNDECIDABLE };
}
function longestFor(pattern, lenient) {
  if (!lenient) return MOST_MATCHED_CHARACTERS;
  return Math.floor(MOST_STEPS ** (1 / (Math.max(1, repetitions(withoutClasses(pattern))) + 1)));
}
function isLinear(pattern) {
  const text = withoutClasses(pattern);
  return text.startsWith("^") && !/[(|]/.test(text) && repetitions(text) <= 1;
}
function withoutClasses(pattern) {
  return pattern.replace(/\\./gs, "x").replace(/\[[^\]]*\]/g, "x");
}
function repetitions(text) {
  return (text.match(/[*+?{]/g) ?? []).length;
}

// src/tools/json-schema/prepare.ts
var MOST_NODES2 = 5e4;
var MOST_LEVELS = 200;
var TYPES = /* @__PURE__ */ new Set(["null", "boolean", "object", "array", "number", "integer", "string"]);
var MalformedSchema = class extends Error {
};
function prepareSchema(schema, options) {
  return new Preparer(options).schema(schema, []);
}
var Preparer = class {
  #options;
  #nodes = 0;
  constructor(options) {
    this.#options = options;
  }
  schema(schema, path) {
    if (typeof schema === "boolean") return schema;
    if (!isPlainObject(schema)) throw malformed(path, "a JSON Schema (an object or a boolean)", schema);
    if (path.length > MOST_LEVELS) throw new MalformedSchema(`nested deeper than ${MOST_LEVELS} levels, or cyclic`);
    if (++this.#nodes > MOST_NODES2) throw new MalformedSchema(`more than ${MOST_NODES2} schemas in it`);
    const copy = {};
    for (const keyword of Object.keys(schema)) {
      const value = this.#keyword(keyword, schema[keyword], [...path, keyword]);
      if (value !== void 0) setOwn(copy, keyword, value);
    }
    return bounded(withNull(copy, schema.nullable), this.#options.lenient);
  }
  #keyword(keyword, value, path) {
    if (value === void 0 || keyword.startsWith("__absolute_")) return void 0;
    if (keyword === "id" && !this.#options.draft4) return void 0;
    if (keyword === "$ref" && value === "") return "#";
    const kind = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : void 0;
    if (kind === void 0) return isPlainObject(value) ? this.#definitions(value, path) : void 0;
    return this.#known(kind, value, path);
  }
  #known(kind, value, path) {
    switch (kind) {
      case "schema":
        return this.schema(value, path);
      case "schemaOrList":
        return Array.isArray(value) ? this.#list(value, path) : this.schema(value, path);
      case "schemas":
        return this.#list(value, path);
      case "schemaMap":
        return this.#map(value, path, (item, at) => this.schema(item, at));
      case "patternMap":
        return this.#patternMap(value, path);
      case "dependencies":
        return this.#map(value, path, (item, at) => Array.isArray(item) ? strings(item, at) : this.schema(item, at));
      case "stringsMap":
        return this.#map(value, path, strings);
      case "pattern":
        return this.#pattern(value, path);
      case "limit":
        return limit(value, path, this.#options.draft4);
      case "annotation":
        return void 0;
      case "unsupported":
        throw new MalformedSchema(`${showPath(path)}: this keyword is not supported`);
      default:
        return CHECKS[kind](value, path);
    }
  }
  #list(value, path) {
    if (!Array.isArray(value)) throw malformed(path, "an array of schemas", value);
    return value.map((item, index) => this.schema(item, [...path, String(index)]));
  }
  #map(value, path, read2) {
    if (!isPlainObject(value)) throw malformed(path, "an object", value);
    const copy = {};
    for (const key of Object.keys(value)) setOwn(copy, key, read2(value[key], [...path, key]));
    return copy;
  }
  #patternMap(value, path) {
    return this.#map(value, path, (item, at) => {
      this.#pattern(at.at(-1), at);
      return this.schema(item, at);
    });
  }
  #definitions(value, path) {
    try {
      return this.schema(value, path);
    } catch (error) {
      if (error instanceof MalformedSchema) return void 0;
      throw error;
    }
  }
  // A pattern can't simply be left out: under `not` or `oneOf` the schema would then refuse what it should accept.
  #pattern(value, path) {
    if (typeof value !== "string") throw malformed(path, "a regular expression as a string", value);
    if (this.#options.lenient && isCatastrophic(value))
      throw malformed(path, "a pattern that takes bounded time", value);
    try {
      new RegExp(value, "u");
      return value;
    } catch {
      throw malformed(path, "a regular expression (with the u flag)", value);
    }
  }
};
var CHECKS = {
  string: (value, path) => expect(typeof value === "string", value, path, "a string"),
  boolean: (value, path) => expect(typeof value === "boolean", value, path, "a boolean"),
  number: (value, path) => expect(Number.isFinite(value), value, path, "a number"),
  count: (value, path) => expect(Number.isInteger(value) && Number(value) >= 0, value, path, "an integer from 0 up"),
  strings,
  values: (value, path) => expect(Array.isArray(value), value, path, "an array"),
  value: (value) => value,
  type: (value, path) => expect(
    (Array.isArray(value) ? value : [value]).every((name) => TYPES.has(name)),
    value,
    path,
    "a JSON type"
  )
};
function limit(value, path, draft4) {
  const booleanAllowed = draft4 && String(path.at(-1)).startsWith("exclusive");
  return expect(Number.isFinite(value) || booleanAllowed && typeof value === "boolean", value, path, "a number");
}
function strings(value, path) {
  const fits = Array.isArray(value) && value.every((item) => typeof item === "string");
  return expect(fits, value, path, "an array of strings");
}
function expect(fits, value, path, expected) {
  if (!fits) throw malformed(path, expected, value);
  return value;
}
function malformed(path, expected, value) {
  const where = path.length > 0 ? `${showPath(path)}: ` : "";
  return new MalformedSchema(`${where}expected ${expected}, got ${showValue(value)}`);
}
function withNull(copy, nullable2) {
  if (nullable2 !== true) return copy;
  if (typeof copy.type === "string") copy.type = [copy.type, "null"];
  if (Array.isArray(copy.enum)) copy.enum = [...copy.enum, null];
  return copy;
}
function setOwn(target, key, value) {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

// src/tools/json-schema/compile.ts
import { dereference, validate } from "@cfworker/json-schema";
var MOST_REFERENCES = 1e6;
function compileSchema(source, lenient) {
  const draft = draftOf(source);
  const schema = prepareSchema(source, { draft4: draft === "4", lenient });
  const lookup = lookupOf(schema);
  refuseUnresolved(schema, lookup);
  const compiled2 = {
    schema,
    errors: (value, all) => validate(value, schema, draft, metered(lookup), !all).errors,
    target: (part) => lookup[absoluteReference(part) ?? ""]
  };
  refuseEndless(compiled2);
  return compiled2;
}
function draftOf(schema) {
  const uri = isPlainObject(schema) && typeof schema.$schema === "string" ? schema.$schema : "";
  if (/draft-0?[34]\b/.test(uri)) return "4";
  if (/draft-0?[67]\b/.test(uri)) return "7";
  return uri.includes("2019-09") ? "2019-09" : "2020-12";
}
function lookupOf(schema) {
  try {
    return dereference(schema);
  } catch (error) {
    throw new MalformedSchema(`its references can't be read (${cut(String(error), 200)})`);
  }
}
function refuseUnresolved(schema, lookup) {
  const seen = /* @__PURE__ */ new Set();
  const waiting = [schema];
  while (waiting.length > 0) {
    const part = waiting.pop();
    if (typeof part !== "object" || part === null || seen.has(part)) continue;
    seen.add(part);
    const reference = absoluteReference(part);
    if (reference !== void 0 && lookup[reference] === void 0) {
      const name = part.$ref;
      throw new MalformedSchema(
        `$ref ${quote(cut(String(name), 100))} points to nothing in it; other documents are never fetched`
      );
    }
    for (const child of Object.values(part)) waiting.push(child);
  }
}
function refuseEndless(compiled2) {
  try {
    compiled2.errors(null, false);
  } catch (error) {
    if (error instanceof RangeError) throw new MalformedSchema("a $ref leads back to itself");
    throw error;
  }
}
function absoluteReference(schema) {
  return schema.__absolute_ref__;
}
function metered(lookup) {
  let left = MOST_REFERENCES;
  return new Proxy(lookup, {
    get(target, key) {
      if (--left < 0) throw new RangeError("too many references");
      return target[key];
    }
  });
}

// src/tools/json-schema/explain.ts
var TYPE_LENGTH = 120;
var MOST_NAMES = 10;
var WRAPPERS = new Set(
  "properties patternProperties additionalProperties unevaluatedProperties propertyNames items prefixItems additionalItems unevaluatedItems allOf if $ref $recursiveRef dependentSchemas".split(" ")
);
var ALTERNATIVES = /* @__PURE__ */ new Set(["anyOf", "oneOf", "not", "contains"]);
function explainErrors(errors, compiled2, value) {
  const alternatives = [];
  const issues = [];
  let wrapper = "";
  for (const error of errors) {
    const location = error.keyword === "false" ? `${wrapper}/false` : error.keywordLocation;
    if (WRAPPERS.has(error.keyword)) wrapper = location;
    if (alternatives.some((other) => location.startsWith(`${other}/`))) continue;
    if (ALTERNATIVES.has(error.keyword)) alternatives.push(location);
    if (!WRAPPERS.has(error.keyword)) issues.push(explain(error, location, compiled2, value));
  }
  return issues.length > 0 ? issues : [{ path: [], message: "does not match the schema" }];
}
function explain(error, location, compiled2, value) {
  const path = valuePath(error.instanceLocation, value);
  const steps = pointerSteps(location);
  const schema = schemaAt(compiled2, steps.slice(0, -1));
  if (error.keyword === "required") return missing(error, path, schema, compiled2);
  if (error.keyword === "false") return { path, message: unexpected(compiled2, steps) };
  return { path, message: expectation(error, schema, compiled2) };
}
function missing(error, path, schema, compiled2) {
  const key = /property "(.*)"\.$/s.exec(error.error)?.[1] ?? "";
  const properties = isPlainObject(schema) && isPlainObject(schema.properties) ? schema.properties : {};
  const type = Object.hasOwn(properties, key) ? typeText(properties[key], compiled2) : "unknown";
  return { path: [...path, key], message: `is required${type === "unknown" ? "" : ` (${type})`}` };
}
function unexpected(compiled2, steps) {
  const holder = schemaAt(compiled2, steps.slice(0, -2));
  const known = isPlainObject(holder) && isPlainObject(holder.properties) ? Object.keys(holder.properties) : [];
  if (known.length === 0) return "is not expected";
  const names = known.slice(0, MOST_NAMES).map((name) => cut(name, 40));
  return `is not expected; expected are ${names.join(", ")}${known.length > MOST_NAMES ? ", \u2026" : ""}`;
}
function expectation(error, schema, compiled2) {
  const keyword = error.keyword;
  const expected = isPlainObject(schema) ? schema[keyword] : void 0;
  if (keyword === "type") return `expected ${typeNames(expected)}`;
  if (keyword === "anyOf" || keyword === "oneOf") {
    if (error.error.includes("(") && !error.error.includes("(0 "))
      return "expected only one of the alternatives to match";
    return `expected ${typeText({ [keyword]: expected }, compiled2)}`;
  }
  if (keyword === "enum" || keyword === "const") return `expected ${typeText({ [keyword]: expected }, compiled2)}`;
  if (keyword === "pattern") return `expected a string that matches ${quote(cut(String(expected), TYPE_LENGTH))}`;
  if (keyword === "format") return `expected a string of the format ${quote(cut(String(expected), 40))}`;
  const limit2 = LIMITS[keyword];
  return limit2 ? `expected ${limit2[0]} ${expected}${limit2[1]}` : cut(error.error.replace(/\.$/, ""), TYPE_LENGTH);
}
var LIMITS = {
  minimum: ["at least", ""],
  maximum: ["at most", ""],
  exclusiveMinimum: ["more than", ""],
  exclusiveMaximum: ["less than", ""],
  multipleOf: ["a multiple of", ""],
  minLength: ["at least", " characters"],
  maxLength: ["at most", " characters"],
  minItems: ["at least", " items"],
  maxItems: ["at most", " items"],
  minProperties: ["at least", " properties"],
  maxProperties: ["at most", " properties"]
};
function typeNames(types) {
  const names = (Array.isArray(types) ? types : [types]).map((name) => {
    if (name === "null") return name;
    return `${/^[aeiou]/.test(String(name)) ? "an" : "a"} ${name}`;
  });
  return names.join(" or ");
}
function typeText(schema, compiled2) {
  const options = { maxDepth: 3, maxLength: TYPE_LENGTH, root: compiled2.schema };
  const text = schemaToType(schema, options);
  return text === "unknown" ? "one of the allowed values" : text;
}
function schemaAt(compiled2, steps) {
  let current = compiled2.schema;
  for (const step of steps) {
    if (typeof current !== "object" || current === null) return void 0;
    if (step === "$ref") current = compiled2.target(current);
    else current = Object.hasOwn(current, step) ? current[step] : void 0;
  }
  return current;
}
function valuePath(pointer, value) {
  let current = value;
  return pointerSteps(pointer).map((step) => {
    const key = Array.isArray(current) ? Number(step) : step;
    current = Object(current?.[key]);
    return key;
  });
}
function pointerSteps(pointer) {
  return pointer.split("/").slice(1).map((step) => decodeURIComponent(step).replace(/~1/g, "/").replace(/~0/g, "~"));
}

// src/tools/json-schema/json-view.ts
var MOST_LEVELS2 = 1e3;
var LONGEST_NAME = 1e4;
var NotJson = class extends Error {
  path;
  constructor(message, path) {
    super(message);
    this.path = path;
  }
};
function jsonView(value) {
  return view(value, []);
}
function view(value, path) {
  if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol") {
    throw new NotJson("expected a JSON value", path);
  }
  if (typeof value !== "object" || value === null) return value;
  if (path.length > MOST_LEVELS2) throw new NotJson(`is nested deeper than ${MOST_LEVELS2} levels`, path.slice(0, 5));
  if (Array.isArray(value)) return arrayView(value, path);
  return isPlainObject(value) ? objectView(value, path) : value;
}
function arrayView(value, path) {
  let copy;
  for (let index = 0; index < value.length; index++) {
    const seen = inside(value[index], path, index) ?? null;
    if (seen !== value[index]) copy ??= value.slice();
    if (copy) copy[index] = seen;
  }
  return copy ?? value;
}
function objectView(value, path) {
  const entries = Object.keys(value).map((key) => {
    if (key.length > LONGEST_NAME)
      throw new NotJson(`has a property name of more than ${LONGEST_NAME} characters`, path);
    const own = value[key];
    return [key, own, inside(own, path, key)];
  });
  if (entries.every(([, own, seen]) => own === seen && seen !== void 0)) return value;
  return Object.fromEntries(entries.filter(([, , seen]) => seen !== void 0).map(([key, , seen]) => [key, seen]));
}
function inside(value, path, key) {
  if (typeof value !== "object" || value === null) {
    return typeof value === "bigint" || typeof value === "function" || typeof value === "symbol" ? view(value, [...path, key]) : value;
  }
  path.push(key);
  const seen = view(value, path);
  path.pop();
  return seen;
}

// src/tools/json-schema/validator.ts
function strictSchema(schema) {
  const compiled2 = compileSchema(schema, false);
  return standardSchema(schema, (value) => {
    try {
      return check(value, compiled2);
    } catch (error) {
      return { issues: [uncheckable(error)] };
    }
  });
}
function standardSchema(schema, validate3) {
  const shown = () => typeof schema === "boolean" ? schema ? {} : { not: {} } : { ...schema };
  return { "~standard": { version: 1, vendor: "tardigrade", validate: validate3, jsonSchema: { input: shown, output: shown } } };
}
function check(value, compiled2) {
  if (value === void 0) return acceptsAll(compiled2.schema) ? { value } : { issues: explainUndefined(compiled2) };
  const seen = jsonView(value);
  const first = compiled2.errors(seen, false);
  if (first.length === 0) return { value };
  return { issues: explainErrors(allErrors(seen, compiled2) ?? first, compiled2, seen) };
}
function explainUndefined(compiled2) {
  const errors = compiled2.errors(null, false);
  return errors.length > 0 ? explainErrors(errors, compiled2, null) : [{ path: [], message: "expected a value" }];
}
function allErrors(value, compiled2) {
  try {
    return isSmall(value) ? compiled2.errors(value, true) : void 0;
  } catch {
    return void 0;
  }
}
function isSmall(value) {
  let left = 2e3;
  const waiting = [value];
  while (waiting.length > 0 && left > 0) {
    const part = waiting.pop();
    left--;
    if (typeof part !== "object" || part === null) continue;
    const children = Object.values(part);
    if (children.length > left) return false;
    waiting.push(...children);
  }
  return left > 0;
}
var SILENT = /* @__PURE__ */ new Set(["$id", "id", "$defs", "definitions", "$anchor", "$recursiveAnchor"]);
function acceptsAll(schema) {
  return schema === true || schema !== false && Object.keys(schema).every((keyword) => SILENT.has(keyword));
}
function uncheckable(error) {
  if (error instanceof NotJson) return { path: error.path, message: error.message };
  return { path: [], message: "can't be checked: it is too deep, too long for its pattern, or oddly named" };
}

// src/tools/schema.ts
var MOST_ISSUES = 5;
var MESSAGE_LENGTH = 300;
var validators = /* @__PURE__ */ new WeakMap();
function isStandardSchema(value) {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  const standard = value["~standard"];
  return typeof standard === "object" && standard !== null && typeof standard.validate === "function";
}
function validatorOf(schema) {
  if (isStandardSchema(schema)) return schema;
  if (typeof schema === "boolean") return strictSchema(schema);
  const known = validators.get(schema);
  if (known) return known;
  const validator = strictSchema(schema);
  validators.set(schema, validator);
  return validator;
}
function checkValue(schema, value, subject) {
  return whenDone(validate2(schema, value, subject), (result) => {
    if (result.issues === void 0) return result.value;
    throw mismatch(result.issues, value, subject);
  });
}
function validate2(schema, value, subject) {
  const failed = (error) => {
    const message = error instanceof Error ? error.message : String(error);
    return new CallError(subject.code, `${subject.title} can't be checked: ${cut(message, MESSAGE_LENGTH)}`);
  };
  try {
    const result = schema["~standard"].validate(value);
    if (!isPromise(result)) return result;
    return result.catch((error) => {
      throw failed(error);
    });
  } catch (error) {
    throw failed(error);
  }
}
function whenDone(value, next) {
  return isPromise(value) ? value.then(next) : next(value);
}
function isPromise(value) {
  return value instanceof Promise || typeof value?.then === "function";
}
function mismatch(issues, value, subject) {
  const listed = issues.slice(0, MOST_ISSUES).map((issue) => explain2(issue, value));
  const more = issues.length > listed.length ? `; and ${issues.length - listed.length} more` : "";
  const text = listed.map(({ path, message }) => path === "" ? message : `"${path}" ${message}`).join("; ");
  return new CallError(subject.code, `${subject.title}: ${text}${more}`, { issues: listed });
}
function explain2(issue, root) {
  const path = (issue.path ?? []).map((step) => typeof step === "object" ? step.key : step);
  const { expected, code } = issue;
  const named = code === "invalid_type" && typeof expected === "string" ? `expected ${withArticle(expected)}` : void 0;
  const message = cut(named ?? String(issue.message), MESSAGE_LENGTH);
  return {
    path: showPath(path),
    message: message.startsWith("is ") ? message : `${message}, got ${valueAt(root, path)}`
  };
}
function withArticle(name) {
  if (/^(null|undefined|nan|NaN|void|unknown|never|any)$/.test(name)) return name;
  return `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`;
}
function valueAt(root, path) {
  let current = root;
  for (const key of path) {
    if (!Array.isArray(current) && !isPlainObject(current)) return showValue(void 0);
    current = Object.hasOwn(current, key) ? current[key] : void 0;
  }
  return showValue(current);
}

// src/tools/define.ts
var LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

// src/values/base64.ts
function fromBase64(text) {
  const binary = atob(text);
  const bytes2 = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes2[i] = binary.charCodeAt(i);
  return bytes2;
}

// src/values/tags.ts
var TAGGED = "~";
var BYTE_CLASSES = Object.freeze({
  __proto__: null,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
  DataView
});
var MAX_DEPTH = 1e3;
var ValueError = class extends Error {
  name = "ValueError";
  code;
  path;
  constructor(code, message, path = "") {
    super(message);
    this.code = code;
    this.path = path;
  }
};
var Omitted = class {
  reason;
  constructor(reason) {
    this.reason = reason;
  }
  toString() {
    return `[${this.reason}]`;
  }
  toJSON() {
    return this.toString();
  }
};
function define(object2, key, value, enumerable = true) {
  Object.defineProperty(object2, key, { value, writable: true, enumerable, configurable: true });
}

// src/values/decode.ts
function decode(text, lenient = false) {
  try {
    if (text.length > MAX_DEPTH && isTooDeep(text)) {
      throw new ValueError("unserializable", `nested deeper than ${MAX_DEPTH} levels`);
    }
    return text.startsWith(TAGGED) ? new Decoder(lenient).decode(JSON.parse(text.slice(1))) : JSON.parse(text);
  } catch (error) {
    if (error instanceof ValueError) throw error;
    throw new ValueError("unserializable", `not the text of a value: ${error.message}`);
  }
}
var Decoder = class {
  steps = [];
  lenient;
  constructor(lenient) {
    this.lenient = lenient;
  }
  decode(tree) {
    const result = this.visit(tree);
    for (let step = this.steps.at(-1); step; step = this.steps.at(-1)) {
      if (!step()) this.steps.pop();
    }
    return result;
  }
  visit(node) {
    if (node === null || typeof node !== "object") return node;
    if (Array.isArray(node)) return this.list(node);
    const keys = Object.keys(node);
    const [tag] = keys;
    if (keys.length !== 1 || !tag?.startsWith("$")) return this.fields({}, node);
    return this.tag(tag, node[tag]);
  }
  tag(tag, body) {
    switch (tag) {
      case "$undefined":
        return void 0;
      case "$number":
        return Number(body);
      case "$bigint":
        return BigInt(String(body));
      case "$date":
        return new Date(body === null ? Number.NaN : String(body));
      case "$regexp":
        return regexp(String(items(body)[0]), String(items(body)[1]), this.lenient);
      case "$map":
        return this.map(items(body));
      case "$set":
        return this.set(items(body));
      case "$error":
        return this.error(object(body));
      case "$bytes":
        return bytes(String(items(body)[0]), String(items(body)[1]));
      case "$omitted":
        return new Omitted(String(body));
      case "$object":
        return this.fields({}, object(body));
      default:
        throw new Error(`unknown tag ${tag}`);
    }
  }
  fields(target, source) {
    const keys = Object.keys(source);
    let index = 0;
    this.steps.push(() => {
      const key = keys[index++];
      if (key === void 0) return false;
      define(target, key, this.visit(source[key]));
      return true;
    });
    return target;
  }
  list(source) {
    const target = [];
    this.each(source, (node) => target.push(this.visit(node)));
    return target;
  }
  set(source) {
    const target = /* @__PURE__ */ new Set();
    this.each(source, (node) => target.add(this.visit(node)));
    return target;
  }
  map(source) {
    const target = /* @__PURE__ */ new Map();
    this.each(source, (node) => {
      const key = this.visit(items(node)[0]);
      target.set(key, this.visit(items(node)[1]));
    });
    return target;
  }
  each(source, take) {
    let index = 0;
    this.steps.push(() => {
      if (index >= source.length) return false;
      take(source[index++]);
      return true;
    });
  }
  error(body) {
    const { name, message } = body;
    const error = new Error(String(message));
    define(error, "name", String(name), false);
    define(error, "stack", `${name}: ${message}`, false);
    for (const key of ["cause", "errors"]) {
      if (Object.hasOwn(body, key)) this.each([body[key]], (node) => define(error, key, this.visit(node), false));
    }
    if (Object.hasOwn(body, "data")) this.fields(error, object(body.data));
    return error;
  }
};
function regexp(source, flags, lenient) {
  try {
    return new RegExp(source, flags);
  } catch {
    const shown = `/${source.slice(0, 100)}/${flags.slice(0, 20)}`;
    if (lenient) return new Omitted(`the regular expression ${shown}`);
    throw new ValueError("unserializable", `the host's engine has no regular expression ${shown}`);
  }
}
function bytes(name, base64) {
  const { buffer } = fromBase64(base64);
  if (name === "ArrayBuffer") return buffer;
  const Class = BYTE_CLASSES[name];
  if (!Class) throw new Error(`unknown class of bytes ${name}`);
  return new Class(buffer);
}
function items(body) {
  if (!Array.isArray(body)) throw new Error("a list was expected");
  return body;
}
function object(body) {
  if (body === null || typeof body !== "object" || Array.isArray(body)) throw new Error("an object was expected");
  return body;
}
var QUOTE = 34;
var BACKSLASH = 92;
var OPEN_LIST = 91;
var CLOSE_LIST = 93;
var OPEN_OBJECT = 123;
var CLOSE_OBJECT = 125;
function isTooDeep(text) {
  const limit2 = text.startsWith(TAGGED) ? MAX_DEPTH * 3 : MAX_DEPTH;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > limit2) return true;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
  }
  return false;
}
function endOfString(text, start) {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}

// src/tools/write.ts
function writeProblem({ path, properties }, property, text) {
  const name = `${path}.${property}`;
  if (!Object.hasOwn(properties, property)) return `Cannot add property ${name}: the object is not extensible`;
  const { schema, writable } = properties[property] ?? { writable: false };
  if (!writable) return `Property ${name} is read-only and cannot be modified`;
  const title = `Invalid value for property ${name}`;
  try {
    const value = decode(text);
    const problem = plainProblem(value);
    if (problem !== void 0) return `${title}: ${problem}`;
    if (schema !== void 0) checkValue(validatorOf(schema), value, { title, code: "invalid_input" });
    return void 0;
  } catch (error) {
    return error instanceof CallError ? error.message : `${title}: ${error.message}`;
  }
}
function plainProblem(value) {
  const waiting = [value];
  while (waiting.length > 0) {
    const part = waiting.pop();
    if (typeof part !== "object" || part === null) continue;
    if (!Array.isArray(part) && !isPlainObject(part)) {
      return `only plain objects, arrays and primitives are kept, not a ${typeName(part)}`;
    }
    for (const child of Object.values(part)) waiting.push(child);
  }
  return void 0;
}

// src/isolation/writes.ts
function writeCheck({ objects = [] }) {
  return (object2, property, text) => {
    const shape = objects.find(({ path }) => path === object2);
    return shape ? writeProblem(shape, property, text) : "there is no such object of the host";
  };
}

// src/isolation/execute.ts
function execute(machine, command) {
  switch (command.type) {
    case "start":
      machine.checkWrite = writeCheck(command.setup);
      return { type: "turn", turn: machine.start(command.start, command.setup, command.wallLeftMs) };
    case "load":
      machine.checkWrite = writeCheck(command.setup);
      machine.load(unkeptDelta(command.delta), command.setup, command.goesOn);
      return void 0;
    case "adopt": {
      const { setup, standing } = command;
      machine.checkWrite = writeCheck(setup);
      machine.load(machine.deltaOf(standing.state, standing.memory), setup, true);
      return void 0;
    }
    case "save":
      return { type: "saved", delta: machine.save(command.collect) };
    case "park":
      return { type: "parked", delta: keptDelta(machine.save()) };
    case "variables":
      return { type: "variables", read: machine.variables(command.wallLeftMs, command.maxBytes) };
    case "observe":
      return { type: "observed", tracked: machine.observe() };
    case "deliver":
      if (command.nowMs !== void 0) machine.clockMs = command.nowMs;
      return { type: "turn", turn: machine.deliver(command.delivery, command.wallLeftMs) };
    case "wake":
      if (command.nowMs !== void 0) machine.clockMs = command.nowMs;
      return { type: "turn", turn: machine.wake(command.timer, command.wallLeftMs) };
  }
}
async function executePrepare({ options, source }) {
  try {
    return { type: "prepared", program: await prepare(source, options) };
  } catch (error) {
    if (!(error instanceof SourceError)) {
      return { type: "unprepared", failure: { message: "the source cannot be read as a program" } };
    }
    const { column, frame, hint, line, message } = error;
    const place = { ...line !== void 0 && { line }, ...column !== void 0 && { column } };
    return {
      type: "unprepared",
      failure: { message, ...place, ...frame !== void 0 && { frame }, ...hint !== void 0 && { hint } }
    };
  }
}

// src/isolation/machines.ts
var KEPT = 16;
var MAX_KINDS = 16;
var NEEDED_MS = 1e4;
var Machines = class {
  idle = /* @__PURE__ */ new Map();
  stackBytes;
  /** `stackBytes`: what the thread's native stack allows. */
  constructor(stackBytes) {
    this.stackBytes = stackBytes;
  }
  /** How many stand ready. */
  get idleCount() {
    let count = 0;
    for (const { machines } of this.idle.values()) count += machines.length;
    return count;
  }
  /** One that stands ready, or a new one. Throws RangeError where there is no memory for it. */
  take({ image, key, module }) {
    const idle = this.idle.get(key);
    const machine = idle?.machines.pop();
    if (!machine) return new Machine(module, image, this.stackBytes);
    if (idle && idle.machines.length < idle.fewest) idle.fewest = idle.machines.length;
    return machine;
  }
  /** Takes one back. `thoroughly`: clears all of its stack. */
  give(key, machine, thoroughly) {
    if (!machine.reusable) return;
    machine.rewind(thoroughly);
    const idle = this.idle.get(key) ?? { machines: [], fewest: 0, sinceMs: performance.now() };
    this.idle.set(key, idle);
    const [oldest] = this.idle.keys();
    if (this.idle.size > MAX_KINDS && oldest !== void 0) this.idle.delete(oldest);
    idle.machines.push(machine);
    if (idle.machines.length > KEPT) letGo(idle);
  }
  /** Lets go of those that stand ready: of one kind, or all. */
  drop(key) {
    if (key === void 0) this.idle.clear();
    else this.idle.delete(key);
  }
};
function letGo(idle) {
  const nowMs = performance.now();
  if (nowMs - idle.sinceMs < NEEDED_MS) return;
  idle.machines.splice(KEPT, idle.fewest);
  idle.fewest = idle.machines.length;
  idle.sinceMs = nowMs;
}

// src/isolation/threads/claims.ts
var QUIET = 0;
var RUNNING = 1;
var GONE = 2;
var STATES = 4;
var WORDS = 2;
var NUMBERS = 2 ** 29;
var Claims = class _Claims {
  buffer;
  words;
  constructor(buffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
  }
  /** New claims; undefined where threads can't share memory. */
  static make(slots) {
    if (typeof SharedArrayBuffer !== "function") return void 0;
    return new _Claims(new SharedArrayBuffer(slots * WORDS * 4));
  }
  /** On the host: the run has the slot from now on. No command of the run before may be running. */
  give(slot, run) {
    Atomics.store(this.words, slot * WORDS + 1, 0);
    Atomics.store(this.words, slot * WORDS, word(run, QUIET));
  }
  /** In the thread: takes the machine for a command; false if the run does not stand here any more. */
  enter(slot, run) {
    return this.exchange(slot, run, RUNNING);
  }
  /** In the thread: the command is done. */
  leave(slot, run) {
    Atomics.add(this.words, slot * WORDS + 1, 1);
    Atomics.store(this.words, slot * WORDS, word(run, QUIET));
  }
  /** On the host: takes the run away unless its machine is running; the thread will not touch it any more. */
  take(slot, run) {
    return this.exchange(slot, run, GONE);
  }
  isRunning(slot, run) {
    return Atomics.load(this.words, slot * WORDS) === word(run, RUNNING);
  }
  /** How many commands of the run that has the slot are done. */
  done(slot) {
    return Atomics.load(this.words, slot * WORDS + 1);
  }
  exchange(slot, run, state) {
    const quiet = word(run, QUIET);
    return Atomics.compareExchange(this.words, slot * WORDS, quiet, word(run, state)) === quiet;
  }
};
function word(run, state) {
  return run % NUMBERS * STATES + state;
}

// src/isolation/threads/worker.ts
var STACK_BYTES = 256 * 1024;
var ThreadWorker = class {
  tell;
  claims;
  machines = new Machines(STACK_BYTES);
  images = /* @__PURE__ */ new Map();
  kinds = /* @__PURE__ */ new Map();
  residents = /* @__PURE__ */ new Map();
  queue = [];
  working = false;
  replies = [];
  constructor({ claims }, tell) {
    this.tell = tell;
    this.claims = claims && new Claims(claims);
  }
  async receive(messages) {
    this.queue.push(...messages);
    if (this.working) return;
    this.working = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      const later = this.carryOut(next);
      if (later) await later;
    }
    this.working = false;
    this.flush();
  }
  carryOut(message) {
    switch (message.type) {
      case "image":
        this.images.set(message.engine, message.image);
        return void 0;
      case "kind":
        this.kinds.set(message.key, { ...message, image: this.images.get(message.engine) });
        return void 0;
      case "forget":
        this.kinds.delete(message.key);
        this.machines.drop(message.key);
        return void 0;
      case "open":
        this.residents.set(message.run, { ...message, kind: this.kinds.get(message.key) });
        return void 0;
      case "close":
        this.close(message.run);
        return void 0;
      case "command":
        return this.command(message.run, message.command);
    }
  }
  close(run) {
    const resident = this.residents.get(run);
    this.residents.delete(run);
    if (resident?.machine && this.kinds.has(resident.kind.key))
      this.machines.give(resident.kind.key, resident.machine, resident.ofTenant);
  }
  command(run, command) {
    const resident = this.residents.get(run);
    if (!resident) return void 0;
    if (this.replies[0] && this.replies[0].run !== run) this.flush();
    if (this.claims && !this.claims.enter(resident.slot, run)) return void 0;
    if (command.type === "prepare") {
      return executePrepare(command).then((report) => this.done(resident, report));
    }
    this.done(resident, this.executed(resident, command));
    return void 0;
  }
  executed(resident, command) {
    try {
      resident.machine ??= this.machines.take(resident.kind);
      return execute(resident.machine, command);
    } catch (error) {
      if (resident.machine) resident.machine.sound = false;
      const message = `no machine could go on: ${error?.message ?? error}`;
      const spent = { cpuMs: 0, steps: 0, memoryBytes: 0 };
      return { type: "lost", breakdown: { code: "machine_crashed", message }, spent };
    }
  }
  done(resident, report) {
    const { machine, run, slot } = resident;
    const isWanted = machine?.sound && goesOn(report, resident);
    const memory = this.claims && isWanted ? machine.sharedMemory : void 0;
    const isNew = memory !== resident.memory;
    if (memory) resident.memory = memory;
    this.replies.push({
      run,
      ...report && { report },
      ...memory && machine && { state: machine.state() },
      ...memory && isNew && { memory }
    });
    this.claims?.leave(slot, run);
  }
  flush() {
    if (this.replies.length === 0) return;
    this.tell(this.replies);
    this.replies = [];
  }
};
function goesOn(report, { ofSession }) {
  if (report?.type !== "turn") {
    return report?.type !== "prepared" && report?.type !== "parked" && report?.type !== "lost";
  }
  const { breakdown, deadlock, refused, settled } = report.turn;
  return ofSession || (breakdown ?? deadlock ?? refused ?? settled) === void 0;
}

// src/isolation/threads/worker-node.ts
var worker = new ThreadWorker(workerData, (message) => parentPort?.postMessage(message));
parentPort?.on("message", (messages) => void worker.receive(messages));
parentPort?.postMessage("ready");
