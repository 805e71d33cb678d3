"""Equal seeds, threads and machine type give equal weights."""

import keras


def make_deterministic(seed: int, threads: int) -> None:
    """Seed every generator and fix the number of threads; call before any network is built.

    Args:
        seed: Of Python, numpy and the backend.
        threads: CPU threads of one operation and between operations; another number rounds otherwise.
    """
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        tf.config.experimental.enable_op_determinism()
