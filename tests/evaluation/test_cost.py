import keras
from keras import layers

from fer_pipeline import architectures
from fer_pipeline.evaluation.cost import flops


def test_operations_of_a_convolution_and_a_dense_layer_are_those_counted_by_hand():
    network = keras.Sequential([
        keras.Input((8, 8, 2)),
        layers.Conv2D(5, 3, strides=2, padding="same"),     # 4 × 4 places, 5 filters, 3 × 3 × 2 each
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(7),                                    # 4 × 4 × 5 inputs
    ])
    assert flops(network) == 2 * (4 * 4 * 5 * 3 * 3 * 2) + 2 * (4 * 4 * 5 * 7)


def test_layers_of_nested_networks_count():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    assert flops(keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])) == 2 * (4 * 3 + 3 * 2)


def test_operations_of_lenet5_as_counted_by_hand():
    convolutions = 28 * 28 * 6 * 5 * 5 + 10 * 10 * 16 * 5 * 5 * 6
    dense = 9 * 9 * 16 * 120 + 120 * 84 + 84 * 7
    assert flops(architectures.build("lenet5", input_shape=(48, 48, 1), classes=7)) == 2 * (convolutions + dense)
