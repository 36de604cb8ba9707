// Where the configuration is when nobody says otherwise.

/** Its folder. */
export const CONFIG_FOLDER = '/etc/knockdaemon';
/** knockdaemon.toml. */
export const CONFIG_FILE = `${CONFIG_FOLDER}/knockdaemon.toml`;
