import { build } from "esbuild";

/** What scope.js takes from the prelude, which only the engine can hold. */
const INTRINSICS = `
  export const record = () => Object.create(null);
  export const { defineProperty } = Object;
  export const { TypeError } = globalThis;
  export const define = (object, key, value) =>
    defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });`;

const { outputFiles } = await build({
  entryPoints: [new URL("../../guest/scope.js", import.meta.url).pathname],
  bundle: true,
  write: false,
  format: "iife",
  globalName: "made",
  minifyWhitespace: true,
  plugins: [
    {
      name: "intrinsics",
      setup: (builder) => {
        builder.onLoad({ filter: /intrinsics\.js$/ }, () => ({ contents: INTRINSICS }));
      },
    },
  ],
});

/** What a tracked program needs of guest/tracking.js to run. */
const TRACKING =
  "program() {}, hit() {}, counters: (_first, length) => Array(length).fill(0), failed: (thrown) => thrown";

/** An expression for what programs get beside `watch`: those of sessions a scope of their own. */
export const newAid: string = `(() => { ${outputFiles[0]?.text} return { ...made, ${TRACKING} } })()`;
