/** A pointer into a machine's memory; to a boxed JSValue unless it says else. */
export type Pointer = number;

/** `WebAssembly.Module`, also for projects whose type libraries don't know it. */
export type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer M } } } ? M : object;

/** What is used of a `WebAssembly.Memory`, for the same projects. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The functions of quickjs-wasi's `quickjs.wasm` that are used here. What returns a value returns a new box to free. */
export interface EngineExports {
  readonly memory: LinearMemory;
  readonly __stack_pointer: { value: number };
  _initialize(): void;
  qjs_init(): number;
  qjs_set_interrupt_handler(on: number): void;
  qjs_set_promise_rejection_handler(on: number): void;
  qjs_set_memory_limit(bytes: number): void;
  qjs_set_max_stack_size(bytes: number): void;
  qjs_set_gc_threshold(bytes: number): void;
  qjs_run_gc(): void;
  qjs_get_runtime_ptr(): Pointer;
  qjs_get_context_ptr(): Pointer;
  qjs_set_runtime_and_context(runtime: Pointer, context: Pointer): void;
  qjs_compile(
    text: Pointer,
    length: number,
    file: Pointer,
    evalFlags: number,
    compileFlags: number,
    outLength: Pointer,
  ): Pointer;
  qjs_eval_bytecode(bytes: Pointer, length: number): Pointer;
  qjs_eval(text: Pointer, length: number, file: Pointer, flags: number): Pointer;
  qjs_call(fn: Pointer, self: Pointer, argc: number, argv: Pointer): Pointer;
  qjs_new_host_function(name: Pointer, length: number, argc: number): Pointer;
  qjs_new_string(text: Pointer, length: number): Pointer;
  qjs_new_number(value: number): Pointer;
  qjs_new_array_buffer(bytes: Pointer, length: number): Pointer;
  qjs_get_undefined(): Pointer;
  qjs_get_true(): Pointer;
  qjs_get_false(): Pointer;
  qjs_get_exception(): Pointer;
  qjs_is_exception(value: Pointer): number;
  qjs_is_string(value: Pointer): number;
  qjs_is_number(value: Pointer): number;
  qjs_is_object(value: Pointer): number;
  qjs_is_array_buffer(value: Pointer): number;
  qjs_get_float64(value: Pointer): number;
  qjs_get_string_len(value: Pointer, outLength: Pointer): Pointer;
  qjs_free_cstring(text: Pointer): void;
  qjs_get_array_buffer(value: Pointer, outLength: Pointer): Pointer;
  qjs_get_class_id(value: Pointer): number;
  qjs_get_value_ptr(value: Pointer): Pointer;
  qjs_get_prop_string(object: Pointer, name: Pointer): Pointer;
  qjs_promise_then(promise: Pointer, fulfilled: Pointer, rejected: Pointer): Pointer;
  qjs_promise_state(promise: Pointer): number;
  qjs_free_value(value: Pointer): void;
  qjs_is_job_pending(): number;
  qjs_execute_pending_job(): number;
  JS_GetOwnPropertyNames(
    context: Pointer,
    outTable: Pointer,
    outLength: Pointer,
    object: bigint,
    flags: number,
  ): number;
  JS_FreePropertyEnum(context: Pointer, table: Pointer, length: number): void;
  wasm_malloc(bytes: number): Pointer;
  wasm_free(pointer: Pointer): void;
}

/** The same names as data: what a machine's instance exports. Each further one would cost time and memory in every machine. */
export const ENGINE_EXPORTS: Readonly<Record<keyof EngineExports, true>> = {
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
  wasm_free: true,
};
