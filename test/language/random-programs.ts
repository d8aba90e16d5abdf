import fc from "fast-check";

const NAMES = ["a", "b", "c", "d", "e", "f", "g"];

/** Function bodies may wait or not; `depth` bounds how deep things nest. */
interface Place {
  waits: boolean;
  yields: boolean;
  depth: number;
}

const name = fc.constantFrom(...NAMES);
const separator = fc.constantFrom("\n", "\n", ";\n", "; ", "; // note\n");

/** Fills the places of a template, such as `let ${name} = ${value}`. */
function text(parts: TemplateStringsArray, ...holes: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...holes).map((filled) => parts.reduce((whole, part, index) => whole + filled[index - 1] + part));
}

function expression(place: Place): fc.Arbitrary<string> {
  const leaf = fc.oneof(
    name,
    name,
    name,
    fc.constantFrom("1", "0", "'x'", "undefined", "null", "nowhere", "this", "typeof a"),
  );
  if (place.depth <= 0) return leaf;
  const inner = { ...place, depth: place.depth - 1 };
  const value = expression(inner);
  const plain = { ...inner, waits: false, yields: false };
  const waiting = { ...inner, waits: true, yields: false };
  const branches = [
    leaf,
    leaf,
    text`${name} + ${value}`,
    text`${name}.x`,
    text`${name}?.x`,
    text`(${name} = ${value})`,
    text`${name}(${value})`,
    text`({ ${name}: ${value}, x: ${value} })`,
    text`(${value} ? ${value} : ${value})`,
    text`(${value} ?? ${value})`,
    text`((${name}) => ${expression(plain)})`,
    text`((${name}, { ${name} = ${expression(plain)} } = {}) => ${expression(plain)})(${value}, ${value})`,
    text`(() => {${body(plain)}})()`,
    text`[1, 2].map((${name}) => { ${body(plain)} })`,
    text`[1, 2].map(/* => */ (${name}) => /* => */ (${expression(plain)}))`,
    text`(function ${name}(${name}) {${body(plain)}})(${value})`,
    text`[...(function* (${name}) { ${body({ ...plain, yields: true })} })(${value})]`,
    text`new (class { ${name} = ${expression(plain)}; constructor(${name}) { ${body(plain)} } })(${value})`,
  ];
  if (place.waits) {
    branches.push(
      text`await ${value}`,
      text`await (async (${name}) => ${expression(waiting)})(${value})`,
      text`await (async (${name}) => { ${body(waiting)} })(${value})`,
    );
  }
  if (place.yields) branches.push(text`(yield ${value})`);
  return fc.oneof(...branches);
}

function statement(place: Place): fc.Arbitrary<string> {
  const value = expression({ ...place, depth: Math.min(place.depth, 2) });
  const simple = [
    text`let ${name} = ${value}`,
    text`let ${name}`,
    text`const ${name} = ${value}`,
    text`const ${name} = ${value}, ${name} = ${value}`,
    text`var ${name} = ${value}`,
    text`const { ${name}, x: ${name} = ${value} } = ${value}`,
    text`let [${name}] = [${value}]`,
    text`${name} = ${value}`,
    text`${name}++`,
    text`console.log(${value})`,
    text`console.log(typeof ${name}, ${value})`,
    text`return ${value}`,
    text`throw new Error(${value})`,
    text`throw ${value}`,
    value.map((written) => `void ${written}`),
  ];
  if (place.depth <= 0) return fc.oneof(...simple);
  const inner = { ...place, depth: place.depth - 1 };
  const plain = { ...inner, waits: false, yields: false };
  const block = body(inner);
  return fc.oneof(
    ...simple,
    text`if (${value}) { ${block} } else ${fc.oneof(statement({ ...inner, depth: 0 }).filter(mayStandAlone), text`if (${value}) { ${block} }`)}`,
    text`if (${value})\n${statement({ ...inner, depth: 0 }).filter(mayStandAlone)}`,
    text`for (let ${name} = 0, i = 0; i < 2; i++) { ${block} }`,
    text`for (const ${name} of [1, 2]) { ${block} }`,
    text`for (var ${name} in { x: 1 })\n${statement({ ...inner, depth: 0 }).filter(mayStandAlone)}`,
    text`try { ${block} } catch (${name}) { ${block} }`,
    text`try { ${block} } catch { console.log("caught") } finally { console.log(${value}) }`,
    text`switch (${value}) { case 1: ${block}; break; default: ${block} }`,
    text`out: { ${block}; break out }`,
    text`{ ${block} }`,
    text`function ${name}(${name}, ${name} = ${expression({ ...plain, depth: 1 })}) { ${body(plain)} }`,
    text`function ${name}() { ${body(plain)} }`,
    text`async function ${name}(${name}) { ${body({ ...plain, waits: true })} }`,
    text`class ${name} { static m(${name}) { ${body(plain)} } get x() { ${body(plain)} } }`,
  );
}

const mayStandAlone = (written: string): boolean => !/^(?:let|const|class|function|async)\b/.test(written);

function body(place: Place): fc.Arbitrary<string> {
  return fc
    .array(fc.tuple(statement(place), separator), { maxLength: 4 })
    .map((statements) => `tick(); ${statements.flat().join("")}`);
}

/**
 * Programs that use everything functions and blocks can declare, often before it has a value, and fail in all kinds of
 * ways. Each function counts, so that none runs for ever; none shows its text. Many of them are no valid programs.
 */
export const randomProgram: fc.Arbitrary<string> = fc
  .array(fc.tuple(statement({ waits: true, yields: false, depth: 3 }), separator), { minLength: 1, maxLength: 6 })
  .map((statements) => {
    const tick = "let left = 200; const tick = () => { if (left-- < 0) throw new Error('enough') }";
    return `${tick}; Function.prototype.toString = () => 'function'\n${statements.flat().join("")}`;
  });
