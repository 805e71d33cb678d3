import keras
from keras import layers

from fer_pipeline import architectures
from fer_pipeline.evaluation.cost import file_size, flops
from fer_pipeline.training.archive import archive_of

FACE = {"input_shape": (48, 48, 1), "classes": 7}


def test_operations_of_a_convolution_and_a_dense_layer_are_those_counted_by_hand():
    network = keras.Sequential([
        keras.Input((8, 8, 2)),
        layers.Conv2D(5, 3, strides=2, padding="same"),     # 4 × 4 places, 5 filters, 3 × 3 × 2 each
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(7),                                    # 4 × 4 × 5 inputs
    ])
    assert flops(network) == 2 * (4 * 4 * 5 * 3 * 3 * 2) + 2 * (4 * 4 * 5 * 7)


def test_a_depthwise_convolution_sees_one_channel_at_each_place():
    network = keras.Sequential([
        keras.Input((8, 8, 4)),
        layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2),   # 4 × 4 places, 4 × 2 times 3 × 3
    ])
    assert flops(network) == 2 * (4 * 4 * 4 * 2 * 3 * 3)


def test_a_separable_convolution_is_a_depthwise_and_a_pointwise_one():
    network = keras.Sequential([
        keras.Input((6, 6, 4)),
        layers.SeparableConv2D(10, 3),                      # 4 × 4 places
    ])
    assert flops(network) == 2 * (4 * 4 * 4 * 3 * 3) + 2 * (4 * 4 * 4 * 10)


def test_a_filter_of_a_grouped_convolution_sees_its_group_alone():
    network = keras.Sequential([
        keras.Input((4, 4, 6)),
        layers.Conv2D(9, 3, groups=3, padding="same"),      # 4 × 4 places, 9 filters, 3 × 3 × 2 each
    ])
    assert flops(network) == 2 * (4 * 4 * 9 * 3 * 3 * 2)


def test_a_dense_layer_over_feature_maps_counts_at_each_place():
    assert flops(keras.Sequential([keras.Input((4, 4, 6)), layers.Dense(5)])) == 2 * (4 * 4 * 6 * 5)


def test_layers_of_nested_networks_count():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    assert flops(keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])) == 2 * (4 * 3 + 3 * 2)


def test_operations_of_lenet5_as_counted_by_hand():
    convolutions = 28 * 28 * 6 * 5 * 5 + 10 * 10 * 16 * 5 * 5 * 6
    dense = 9 * 9 * 16 * 120 + 120 * 84 + 84 * 7
    assert flops(architectures.build("lenet5", **FACE)) == 2 * (convolutions + dense)


def test_operations_of_mini_xception_as_counted_by_hand():
    stem = 46 * 46 * 8 * 3 * 3 + 44 * 44 * 8 * 3 * 3 * 8
    modules = sum(
        place ** 2 * (before * 9 + before * width + width * 9 + width * width) + (-(-place // 2)) ** 2 * before * width
        for place, before, width in ((44, 8, 16), (22, 16, 32), (11, 32, 64), (6, 64, 128)))
    maps = 3 * 3 * 7 * 3 * 3 * 128
    assert flops(architectures.build("mini_xception", **FACE, size=48)) == 2 * (stem + modules + maps)


def test_the_file_of_equal_weights_has_equally_many_bytes(tmp_path):
    network = architectures.build("lenet5", **FACE)
    for name in ("one.keras", "two.keras"):
        (tmp_path / name).write_bytes(archive_of(network))
    assert file_size(tmp_path / "one.keras") == file_size(tmp_path / "two.keras") == len(archive_of(network))
    assert file_size(tmp_path / "one.keras") > 4 * network.count_params()
