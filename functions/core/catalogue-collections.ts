/** The version of what administrators put over the API that counts: `catalogue/current`. */
export const CATALOGUE = 'catalogue';
/** Who made a version, when, and by what act: `catalogue_versions/{number}`. None ever changes. */
export const CATALOGUE_VERSIONS = 'catalogue_versions';
/** The whole of it as JSON, of each version: `catalogue_layers/{number}`. */
export const CATALOGUE_LAYERS = 'catalogue_layers';
