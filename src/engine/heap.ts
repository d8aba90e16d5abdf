import type { Pointer } from "./exports.ts";

/**
 * Where the engine's allocators keep their books. Memory comes from dlmalloc: chunks from `start` to the end of the
 * memory, each with its size and two flags in its second word. Most chunks are arenas of blocks of one size, listed by
 * size at `arenas` while they have a free one:
 *
 * | word of an arena's chunk | meaning |
 * |---|---|
 * | 2, 3 | the arenas before and behind in that list, by their word 2 |
 * | 6 | low half: its number in the table of sizes; high half: blocks in use |
 * | 7 | low half: all blocks; high half: the first free one, 0xffff for none |
 * | 8 … | the blocks; the low half of a free one's first word says which free one comes next |
 */
export interface HeapLayout {
  readonly start: Pointer;
  readonly arenas: Pointer;
}

/** From the runtime's own struct to the list heads of its arenas. */
const ARENAS_OFFSET = 0x120;
const SIZES = 31;
const NONE = 0xffff;
const LOW = 0;
const HIGH = 16;
/** Words of an arena before its blocks, its chunk's own two among them. */
const ARENA_WORDS = 8;
const LINK_WORDS = 2;
/** What is allocated reaches into the first word of the chunk behind. */
const PADDING_WORDS = 1;
/** Free chunks of more words than this are left as they are: writing them would cost more than all else. */
const LARGE_WORDS = 64;
/** dlmalloc's two flags, and how they are in a free chunk: itself not in use, the one before it in use. */
const FLAGS = 3;
const FREE = 1;
/** Words of a free chunk that dlmalloc uses, and of one so large that it stands in a tree. */
const CHUNK_WORDS = 4;
const TREE_CHUNK_WORDS = 8;
const TREE_BYTES = 256;

/** Words of a memory, by their numbers. */
export interface WordRange {
  readonly from: number;
  readonly to: number;
}

/** The layout of the heap of this runtime. Throws Error where it is not as described above. */
export function heapLayout(runtime: Pointer, words: Int32Array): HeapLayout {
  const heap = { start: runtime - LINK_WORDS * 4, arenas: runtime + ARENAS_OFFSET };
  let arenas = 0;
  const isWhole =
    forEachFreeChunk(words, heap.start, () => undefined) &&
    forEachArena(words, heap.arenas, (arena) => {
      arenas++;
      return freeBlocks(words, arena) !== undefined;
    });
  if (!isWhole || arenas < SIZES / 2) throw new Error("the engine's allocator is not the one expected");
  return heap;
}

/**
 * Puts the image back wherever a memory holds nothing, and free blocks into the order of their addresses: so a delta has
 * no scraps of what a program has let go, and few links. The engine never reads there before it writes, and any order is
 * as good as another. Gives the large stretches that hold nothing, in order: they are left as they are. Stops where the
 * books are not in order.
 */
export function forgetIdle(image: Int32Array, words: Int32Array, { arenas, start }: HeapLayout): WordRange[] {
  const large: WordRange[] = [];
  forEachFreeChunk(words, start, (from, to) => {
    if (to - from > LARGE_WORDS) large.push({ from, to });
    else restore(image, words, from, to);
  });
  forEachArena(words, arenas, (arena) => {
    const free = freeBlocks(words, arena);
    if (!free) return false;
    const blockWords = blockWordsOf(words, arena);
    sortBlocks(free);
    setHalf(words, arena + 7, HIGH, free[0] ?? NONE);
    for (let index = 0; index < free.length; index++) {
      const at = arena + ARENA_WORDS + (free[index] ?? 0) * blockWords;
      setHalf(words, at, LOW, free[index + 1] ?? NONE);
      restore(image, words, at + 1, at + blockWords);
    }
    return true;
  });
  return large;
}

/** Most arenas have theirs in order: sorting costs more than to look. */
function sortBlocks(free: number[]): void {
  for (let at = 1; at < free.length; at++) {
    if ((free[at] ?? 0) < (free[at - 1] ?? 0)) {
      free.sort((a, b) => a - b);
      return;
    }
  }
}

function setHalf(words: Int32Array, at: number, shift: typeof LOW | typeof HIGH, half: number): void {
  words[at] = ((words[at] ?? 0) & ~(0xffff << shift)) | (half << shift);
}

/** How many of the smallest blocks are free. */
export function smallestFree(words: Int32Array, { arenas }: HeapLayout): number {
  return arenasOf(words, arenas, 0).reduce((sum, arena) => sum + (freeBlocks(words, arena)?.length ?? 0), 0);
}

/** Brings the arenas with the most room to the front of their lists, so that what a program makes lies close together. */
export function orderArenas(words: Int32Array, { arenas }: HeapLayout): void {
  for (let size = 0; size < SIZES; size++) {
    const room = (arena: number) => freeBlocks(words, arena)?.length ?? 0;
    const links = arenasOf(words, arenas, size)
      .sort((a, b) => room(b) - room(a))
      .map((arena) => arena + LINK_WORDS);
    const head = (arenas >>> 2) + size * LINK_WORDS;
    const ring = [head, ...links, head];
    for (let at = 0; at + 1 < ring.length; at++) {
      words[(ring[at] ?? 0) + 1] = (ring[at + 1] ?? 0) * 4;
      words[ring[at + 1] ?? 0] = (ring[at] ?? 0) * 4;
    }
  }
}

/** Puts the image back over some words; beyond its end it is zero. */
export function restore(image: Int32Array, words: Int32Array, from: number, to: number): void {
  const shared = Math.min(to, Math.max(from, image.length));
  if (shared - from > 64) words.set(image.subarray(from, shared), from);
  else for (let at = from; at < shared; at++) words[at] = image[at] ?? 0;
  if (shared < to) words.fill(0, shared, to);
}

/** Calls with the words of each free chunk that nobody uses; false if a chunk makes no sense. */
function forEachFreeChunk(words: Int32Array, start: Pointer, take: (from: number, to: number) => void): boolean {
  for (let at = start >>> 2; at < words.length; ) {
    const head = words[at + 1] ?? 0;
    const size = (head & ~7) >>> 0;
    const end = at + size / 4;
    if (size < CHUNK_WORDS * 4 || end > words.length) return false;
    const used = size < TREE_BYTES ? CHUNK_WORDS : TREE_CHUNK_WORDS;
    if ((head & FLAGS) === FREE) take(at + used, end);
    at = end;
  }
  return true;
}

/** Calls with the first word of each arena that has a free block, until that says false. */
function forEachArena(words: Int32Array, arenas: Pointer, take: (arena: number) => boolean): boolean {
  for (let size = 0; size < SIZES; size++) {
    for (const arena of arenasOf(words, arenas, size)) {
      if (((words[arena + 6] ?? 0) & 0xff) !== size || !take(arena)) return false;
    }
  }
  return true;
}

/** The arenas of one size that have a free block. */
function arenasOf(words: Int32Array, arenas: Pointer, size: number): number[] {
  const found: number[] = [];
  const head = (arenas >>> 2) + size * LINK_WORDS;
  // No list is longer than the memory.
  for (let link = nextOf(words, head); link !== head && found.length < words.length; link = nextOf(words, link)) {
    found.push(link - LINK_WORDS);
  }
  return found;
}

const nextOf = (words: Int32Array, link: number) => (words[link + 1] ?? 0) >>> 2;

/** The free blocks of an arena; undefined if its blocks don't fill its chunk, or more or fewer are free than it says. */
function freeBlocks(words: Int32Array, arena: number): number[] | undefined {
  const counts = words[arena + 7] ?? 0;
  const blocks = counts & 0xffff;
  const count = blocks - ((words[arena + 6] ?? 0) >>> 16);
  const blockWords = blockWordsOf(words, arena);
  const chunkWords = ((words[arena + 1] ?? 0) & ~7) >>> 2;
  const slack = chunkWords + PADDING_WORDS - ARENA_WORDS - blocks * blockWords;
  if (slack < 0 || slack >= blockWords + CHUNK_WORDS) return undefined;
  const free: number[] = [];
  for (let block = counts >>> 16; block !== NONE; ) {
    if (block >= blocks || free.length === count) return undefined;
    free.push(block);
    block = (words[arena + ARENA_WORDS + block * blockWords] ?? 0) & 0xffff;
  }
  return free.length === count ? free : undefined;
}

/** The table of sizes: by 8 bytes from 16 on, by 16 from 128, by 32 from 256. */
function blockWordsOf(words: Int32Array, arena: number): number {
  const size = (words[arena + 6] ?? 0) & 0xff;
  const bytes = size <= 14 ? 16 + size * 8 : size <= 22 ? 128 + (size - 14) * 16 : 256 + (size - 22) * 32;
  return bytes / 4;
}
