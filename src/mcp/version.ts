/** The version of this package; a constant, so that it is right from source, from dist and in a bundle. A test compares it. */
export const VERSION = "0.1.0";
