/** Google's client for credentials, by itself: what loads it on demand finds its names in every kind of bundle. */
export { GoogleAuth, JWT } from 'google-auth-library';
