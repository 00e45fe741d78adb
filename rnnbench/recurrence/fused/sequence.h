/* ---- sequence.h: the loop over time, forward and backward -------------------------------------------------------- */

/* Rows are sorted here, longest first, so that step t concerns the first rows only: those still alive. A token is a row
   at a step it is alive at; tokens are numbered step by step. Every buffer of this file pads H units to whole vectors,
   and keeps what belongs to a token in BLOCKS blocks of units: x's products of gates that stand apart, the sums of
   both products of the others, h's products of the gates that stand apart. */

typedef struct {
    int64_t rows;             /* of this part of the batch */
    int64_t batch;            /* rows in all */
    int64_t steps;            /* T */
    int64_t inputs;           /* D */
    int64_t units;            /* H */
    const int64_t *order;     /* (rows): which row of the batch, longest first */
    const int64_t *lengths;   /* (rows): in that order */
    const float *parameters;  /* packed for this direction by pack_forward or pack_backward */
    const float *x;           /* (batch, steps, inputs) */
    const float *initial;     /* (STATES, batch, units) */
    float *tape;              /* (SLOTS, tokens of this part, padded units); none if no gradient will be asked for */
    float *y;                 /* (batch, steps, units) */
    float *final;             /* (STATES, batch, units) */
    const float *d_y;         /* gradients, shaped like what they are of; d_x none if not wanted */
    const float *d_final;
    float *d_x;
    float *d_initial;
    float *d_parameters;      /* (gradient_floats): added to */
} sequence;

/* Steps whose products with x are made together: as many as give this many tokens. */
#define CHUNK_FORWARD 128
#define CHUNK_BACKWARD 256

typedef struct {
    const float *bias, *vectors, *input, *hidden, *hidden_apart;
} forward_parameters;

int64_t lanes(void) { return LANES; }
int64_t slots(void) { return SLOTS; }

int64_t forward_floats(int64_t inputs, int64_t units)
{
    return padded(units) * (BLOCKS + VECTORS + GATES * (inputs + HIDDEN_PRODUCT * units));
}

int64_t backward_floats(int64_t inputs, int64_t units)
{
    return padded(units) * (VECTORS + GATES * (padded(inputs) + HIDDEN_PRODUCT * padded(units)));
}

int64_t gradient_floats(int64_t inputs, int64_t units)
{
    return padded(units) * (BLOCKS + VECTORS + GATES * (padded(inputs) + HIDDEN_PRODUCT * padded(units)));
}

static forward_parameters forward_parts(const float *parameters, int64_t inputs, int64_t units)
{
    const int64_t width = padded(units);
    forward_parameters parts;
    parts.bias = parameters;
    parts.vectors = parts.bias + BLOCKS * width;
    parts.input = parts.vectors + VECTORS * width;
    parts.hidden = parts.input + GATES * width * inputs;
    parts.hidden_apart = parts.hidden + (GATES - APART) * width * units;
    return parts;
}

static void pack_gates(float *packed, int64_t depth, int64_t units, const int *gates, int count, const float *weight)
{
    for (int block = 0; block < count; ++block)
        for (int64_t unit = 0; unit < units; unit += LANES)
            pack_columns(packed, depth, count * padded(units), block * padded(units) + unit,
                         weight + (gates[block] * units + unit) * depth, units - unit < LANES ? units - unit : LANES);
}

static void pack_vectors(float *packed, int64_t units, const float *vectors)
{
    memset(packed, 0, VECTORS * padded(units) * sizeof(float));
    for (int each = 0; each < VECTORS; ++each)
        memcpy(packed + each * padded(units), vectors + each * units, units * sizeof(float));
}

void pack_forward(float *packed, int64_t inputs, int64_t units, const float *weight_ih, const float *weight_hh,
                  const float *bias_ih, const float *bias_hh, const float *vectors)
{
    const int64_t width = padded(units);
    const forward_parameters parts = forward_parts(packed, inputs, units);
    memset(packed, 0, BLOCKS * width * sizeof(float));
    for (int block = 0; block < GATES; ++block)
        for (int64_t unit = 0; unit < units; ++unit) {
            packed[block * width + unit] += bias_ih[INPUT_ORDER[block] * units + unit];
            if (HIDDEN_PRODUCT)
                packed[(APART + block) * width + unit] += bias_hh[HIDDEN_ORDER[block] * units + unit];
        }
    pack_vectors((float *)parts.vectors, units, vectors);
    pack_gates((float *)parts.input, inputs, units, INPUT_ORDER, GATES, weight_ih);
    if (HIDDEN_PRODUCT) {
        pack_gates((float *)parts.hidden, units, units, HIDDEN_ORDER, GATES - APART, weight_hh);
        pack_gates((float *)parts.hidden_apart, units, units, HIDDEN_ORDER + GATES - APART, APART, weight_hh);
    }
}

static void pack_gate_rows(float *packed, int64_t columns, int64_t units, const int *gates, const float *weight,
                           int64_t given)
{
    for (int block = 0; block < GATES; ++block)
        for (int64_t unit = 0; unit < padded(units); ++unit)
            pack_row(packed, GATES * padded(units), columns, block * padded(units) + unit,
                     weight + (gates[block] * units + unit) * given, unit < units ? given : 0);
}

void pack_backward(float *packed, int64_t inputs, int64_t units, const float *weight_ih, const float *weight_hh,
                   const float *vectors)
{
    const int64_t width = padded(units);
    float *input = packed + VECTORS * width, *hidden = input + GATES * width * padded(inputs);
    pack_vectors(packed, units, vectors);
    pack_gate_rows(input, padded(inputs), units, INPUT_ORDER, weight_ih, inputs);
    if (HIDDEN_PRODUCT)
        pack_gate_rows(hidden, width, units, HIDDEN_ORDER, weight_hh, units);
}

/* Sums the parts' gradients and puts them where the parameters' are; the reverse of packing. */
void unpack_gradients(const float *gradients, int64_t parts, int64_t inputs, int64_t units, float *weight_ih,
                      float *weight_hh, float *bias_ih, float *bias_hh, float *vectors)
{
    const int64_t width = padded(units), size = gradient_floats(inputs, units);
    for (int64_t part = 0; part < parts; ++part) {
        const float *bias = gradients + part * size, *of_vectors = bias + BLOCKS * width;
        const float *input = of_vectors + VECTORS * width, *hidden = input + GATES * width * padded(inputs);
        for (int block = 0; block < GATES; ++block)
            for (int64_t unit = 0; unit < units; ++unit) {
                const int64_t of_input = INPUT_ORDER[block] * units + unit;
                bias_ih[of_input] += bias[block * width + unit];
                for (int64_t k = 0; k < inputs; ++k)
                    weight_ih[of_input * inputs + k] += input[(block * width + unit) * padded(inputs) + k];
                if (HIDDEN_PRODUCT) {
                    const int64_t of_hidden = HIDDEN_ORDER[block] * units + unit;
                    bias_hh[of_hidden] += bias[(APART + block) * width + unit];
                    for (int64_t k = 0; k < units; ++k)
                        weight_hh[of_hidden * units + k] += hidden[(block * width + unit) * width + k];
                }
            }
        for (int each = 0; each < VECTORS; ++each)
            for (int64_t unit = 0; unit < units; ++unit)
                vectors[each * units + unit] += of_vectors[each * width + unit];
    }
}

/* Copies `rows` rows of `count` floats; the row of the batch is in `order`. */
static void gather(float *to, int64_t to_row, const float *from, int64_t from_row, const int64_t *order, int64_t rows,
                   int64_t count)
{
    for (int64_t row = 0; row < rows; ++row)
        memcpy(to + row * to_row, from + order[row] * from_row, count * sizeof(float));
}

static void scatter(float *to, int64_t to_row, const float *from, int64_t from_row, const int64_t *order, int64_t rows,
                    int64_t count)
{
    for (int64_t row = 0; row < rows; ++row)
        memcpy(to + order[row] * to_row, from + row * from_row, count * sizeof(float));
}

/* How many tokens come before each step, up to one past the longest row. */
static void count_tokens(const sequence *s, int64_t *before)
{
    int64_t alive = s->rows;
    before[0] = 0;
    for (int64_t t = 0; t < s->lengths[0]; ++t) {
        while (s->lengths[alive - 1] <= t)
            --alive;
        before[t + 1] = before[t] + alive;
    }
}

static void zero_padding(const sequence *s, float *of, int64_t count)
{
    for (int64_t row = 0; row < s->rows; ++row)
        memset(of + (s->order[row] * s->steps + s->lengths[row]) * count, 0,
               (s->steps - s->lengths[row]) * count * sizeof(float));
}

/* Scratch memory, cut from one piece; `zeroed`, because the padding of units is read. */
static float *scratch(int64_t floats)
{
    float *memory = aligned_alloc(64, (floats * sizeof(float) + 63) / 64 * 64);
    if (memory)
        memset(memory, 0, floats * sizeof(float));
    return memory;
}

/* Runs one part of a batch; returns 0, or 1 if there is no memory. */
int forward(const sequence *s)
{
    const int64_t width = padded(s->units), longest = s->lengths[0], area = s->rows * width;
    const forward_parameters parameters = forward_parts(s->parameters, s->inputs, s->units);
    const int64_t most = CHUNK_FORWARD - 1 + s->rows;
    float *memory = scratch((STATES + 1) * area + most * (BLOCKS * width + s->inputs));
    int64_t *tokens = malloc((longest + 1) * sizeof(int64_t));
    if (!memory || !tokens) {
        free(memory);
        free(tokens);
        return 1;
    }
    float *output = memory + STATES * area, *blocks = output + area, *x = blocks + most * BLOCKS * width;
    count_tokens(s, tokens);

    float *slots[SLOTS];
    const float *before[STATES];
    for (int k = 0; k < STATES; ++k) {
        gather(memory + k * area, width, s->initial + k * s->batch * s->units, s->units, s->order, s->rows, s->units);
        before[k] = memory + k * area;
    }
    for (int k = 0; k < SLOTS; ++k)
        slots[k] = s->tape ? s->tape + k * tokens[longest] * width : k < STATES ? memory + k * area : NULL;

    for (int64_t begin = 0, end = 0; begin < longest; begin = end) {
        while (end < longest && tokens[end] - tokens[begin] < CHUNK_FORWARD)
            ++end;
        for (int64_t t = begin; t < end; ++t)
            gather(x + (tokens[t] - tokens[begin]) * s->inputs, s->inputs, s->x + t * s->inputs, s->steps * s->inputs,
                   s->order, tokens[t + 1] - tokens[t], s->inputs);
        product(tokens[end] - tokens[begin], s->inputs, GATES * width, x, s->inputs, parameters.input, parameters.bias,
                0, blocks, BLOCKS * width);
        for (int64_t t = begin; t < end; ++t) {
            const int64_t alive = tokens[t + 1] - tokens[t];
            float *now = blocks + (tokens[t] - tokens[begin]) * BLOCKS * width;
            if (HIDDEN_PRODUCT) {
                product(alive, s->units, (GATES - APART) * width, before[0], width, parameters.hidden,
                        now + APART * width, BLOCKS * width, now + APART * width, BLOCKS * width);
                product(alive, s->units, APART * width, before[0], width, parameters.hidden_apart,
                        parameters.bias + GATES * width, 0, now + GATES * width, BLOCKS * width);
            }
            if (s->tape)
                forward_step(1, alive, width, now, before, slots, output, parameters.vectors);
            else
                forward_step(0, alive, width, now, before, slots, output, parameters.vectors);
            scatter(s->y + t * s->units, s->steps * s->units, OUTPUT_STATE < 0 ? output : slots[OUTPUT_STATE], width,
                    s->order, alive, s->units);
            /* The rows that end here: rows of the next step come first. */
            const int64_t next = t + 1 < longest ? tokens[t + 2] - tokens[t + 1] : 0;
            for (int k = 0; k < STATES; ++k)
                scatter(s->final + k * s->batch * s->units, s->units, slots[k] + next * width, width, s->order + next,
                        alive - next, s->units);
            if (s->tape)
                for (int k = 0; k < SLOTS; ++k) {
                    if (k < STATES)
                        before[k] = slots[k];
                    slots[k] += alive * width;
                }
        }
    }
    zero_padding(s, s->y, s->units);
    free(memory);
    free(tokens);
    return 0;
}

/* Adds the sums of `rows` rows to `sums`. */
static void add_rows(float *sums, const float *from, int64_t rows, int64_t columns)
{
    for (int64_t column = 0; column < columns; column += LANES) {
        vec sum = load(sums + column);
        for (int64_t row = 0; row < rows; ++row)
            sum += load(from + row * columns + column);
        store(sums + column, sum);
    }
}

/* Runs one part of a batch backward, from its last token to its first; returns 0, or 1 if there is no memory. */
int backward(const sequence *s)
{
    const int64_t width = padded(s->units), inputs = padded(s->inputs), longest = s->lengths[0];
    const int64_t area = s->rows * width, most = CHUNK_BACKWARD - 1 + s->rows;
    const float *vectors = s->parameters, *input = vectors + VECTORS * width, *hidden = input + GATES * width * inputs;
    float *d_bias = s->d_parameters, *d_vectors = d_bias + BLOCKS * width;
    float *d_input = d_vectors + VECTORS * width, *d_hidden = d_input + GATES * width * inputs;
    float *memory = scratch((2 * STATES + 1) * area + inputs + most * (BLOCKS * width + 2 * inputs + width));
    int64_t *tokens = malloc((longest + 1) * sizeof(int64_t));
    if (!memory || !tokens) {
        free(memory);
        free(tokens);
        return 1;
    }
    float *initial = memory, *d_output = memory + 2 * STATES * area, *zeros = d_output + area, *d_blocks = zeros + inputs;
    float *x = d_blocks + most * BLOCKS * width, *d_x = x + most * inputs, *h = d_x + most * inputs;
    count_tokens(s, tokens);
    float *d_state[STATES];
    for (int k = 0; k < STATES; ++k) {
        gather(initial + k * area, width, s->initial + k * s->batch * s->units, s->units, s->order, s->rows, s->units);
        d_state[k] = memory + (STATES + k) * area;
        gather(d_state[k], width, s->d_final + k * s->batch * s->units, s->units, s->order, s->rows, s->units);
    }

    for (int64_t end = longest, begin = longest; end > 0; end = begin) {
        while (begin > 0 && tokens[end] - tokens[begin] < CHUNK_BACKWARD)
            --begin;
        const int64_t chunk = tokens[end] - tokens[begin];
        for (int64_t t = end - 1; t >= begin; --t) {
            const int64_t alive = tokens[t + 1] - tokens[t];
            float *now = d_blocks + (tokens[t] - tokens[begin]) * BLOCKS * width;
            const float *before[STATES], *slots[SLOTS];
            for (int k = 0; k < SLOTS; ++k) {
                const float *slot = s->tape + k * tokens[longest] * width;
                slots[k] = slot + tokens[t] * width;
                if (k < STATES)
                    before[k] = t ? slot + tokens[t - 1] * width : initial + k * area;
            }
            gather(d_output, width, s->d_y + t * s->units, s->steps * s->units, s->order, alive, s->units);
            backward_step(alive, width, before, slots, vectors, d_output, d_state, now, d_vectors);
            /* What the padding of units holds must not reach a product. */
            if (width > s->units)
                for (int64_t block = 0; block < alive * BLOCKS; ++block)
                    memset(now + block * width + s->units, 0, (width - s->units) * sizeof(float));
            if (HIDDEN_PRODUCT) {
                product(alive, GATES * width, width, now + APART * width, BLOCKS * width, hidden, d_state[0], width,
                        d_state[0], width);
                const float *h_before = t ? s->tape + tokens[t - 1] * width : initial;
                for (int64_t row = 0; row < alive; ++row)
                    pack_row(h, chunk, width, tokens[t] - tokens[begin] + row, h_before + row * width, s->units);
            }
            for (int64_t row = 0; row < alive; ++row)
                pack_row(x, chunk, inputs, tokens[t] - tokens[begin] + row,
                         s->x + (s->order[row] * s->steps + t) * s->inputs, s->inputs);
        }
        add_rows(d_bias, d_blocks, chunk, BLOCKS * width);
        product_over_tokens(GATES * width, chunk, inputs, d_blocks, BLOCKS * width, x, d_input, inputs);
        if (HIDDEN_PRODUCT)
            product_over_tokens(GATES * width, chunk, width, d_blocks + APART * width, BLOCKS * width, h, d_hidden,
                                width);
        if (s->d_x) {
            product(chunk, GATES * width, inputs, d_blocks, BLOCKS * width, input, zeros, 0, d_x, inputs);
            for (int64_t t = begin; t < end; ++t)
                scatter(s->d_x + t * s->inputs, s->steps * s->inputs, d_x + (tokens[t] - tokens[begin]) * inputs, inputs,
                        s->order, tokens[t + 1] - tokens[t], s->inputs);
        }
    }
    for (int k = 0; k < STATES; ++k)
        scatter(s->d_initial + k * s->batch * s->units, s->units, d_state[k], width, s->order, s->rows, s->units);
    if (s->d_x)
        zero_padding(s, s->d_x, s->inputs);
    free(memory);
    free(tokens);
    return 0;
}
