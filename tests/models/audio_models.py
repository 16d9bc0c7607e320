"""torchaudio's models in small, in the forms that make one ONNX graph of them."""
import torchaudio.models as zoo
from torch import Tensor, nn


class Tacotron2(nn.Module):
    """Without the dropout that its decoder keeps when it is not trained: its results would be random."""

    class Prenet(nn.Module):
        def __init__(self, layers):
            super().__init__()
            self.layers = layers

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = layer(x).relu()
            return x

    def __init__(self, steps: int = 20):
        super().__init__()
        self.model = zoo.Tacotron2(
            n_mels=12, n_symbol=30, symbol_embedding_dim=16, encoder_embedding_dim=16, encoder_n_convolution=2,
            decoder_rnn_dim=24, decoder_max_step=steps, attention_rnn_dim=24, attention_hidden_dim=12,
            attention_location_n_filter=4, attention_location_kernel_size=7, prenet_dim=12, postnet_n_convolution=3,
            postnet_embedding_dim=12)
        self.model.decoder.prenet = self.Prenet(self.model.decoder.prenet.layers)


class TeacherForced(Tacotron2):
    def forward(self, tokens: Tensor, token_lengths: Tensor, mel: Tensor, mel_lengths: Tensor):
        return self.model(tokens, token_lengths, mel, mel_lengths)


class Spoken(Tacotron2):
    """One frame after the other, until the gate opens."""

    def forward(self, tokens: Tensor, lengths: Tensor):
        return self.model.infer(tokens, lengths)


class StreamedEmformer(nn.Module):
    """Two segments, the state of the first handed to the second."""

    def __init__(self):
        super().__init__()
        self.model = zoo.Emformer(20, 4, 32, 2, 4, left_context_length=6, right_context_length=2, max_memory_size=3)

    def forward(self, first: Tensor, second: Tensor, lengths: Tensor):
        output, sizes, states = self.model.infer(first, lengths, None)
        return output, self.model.infer(second, lengths, states)
